/** ESLint rule `import-table`: every static, dynamic, re-exported, required or type import obeys table.ts. */
import { relative, sep } from 'node:path';
import type { Rule } from 'eslint';
import { checkImport } from './check.ts';

/** The text of a string literal node (ESTree's Literal, or TypeScript's wrapper of one), else undefined. */
function literalText(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if ('literal' in node) return literalText(node.literal);
  return 'value' in node && typeof node.value === 'string' ? node.value : undefined;
}

export const importTable: Rule.RuleModule = {
  meta: {
    type: 'problem',
    docs: { description: 'Keep imports within the table of layers' },
    messages: { forbidden: '{{reason}} See tools/eslint-import-table/table.ts.' },
    schema: [],
  },
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/');
    const check = (node: Rule.Node, source: unknown): void => {
      const specifier = literalText(source);
      const reason = specifier === undefined ? undefined : checkImport(file, specifier);
      if (reason !== undefined) context.report({ node, messageId: 'forbidden', data: { reason } });
    };
    return {
      ImportDeclaration: (node) => {
        check(node, node.source);
      },
      ExportNamedDeclaration: (node) => {
        check(node, node.source);
      },
      ExportAllDeclaration: (node) => {
        check(node, node.source);
      },
      ImportExpression: (node) => {
        check(node, node.source);
      },
      "CallExpression[callee.name='require']": (node: Rule.Node) => {
        if (node.type === 'CallExpression') check(node, node.arguments[0]);
      },
      TSImportType: (node: Rule.Node) => {
        check(node, 'source' in node ? node.source : undefined);
      },
    };
  },
};
