/**
 * Puts probes into the program's JavaScript as it is bundled: one at each place where a way can be taken or not, which
 * counts, and one at each comparison, which tells both sides. A counting fuzzer sees by the first which input reached new
 * code, and learns by the second what the code would have liked to see.
 */
import ts from 'typescript';

/** What instrumented code finds under this name of the global object. */
export const PROBES = '__probes';

export interface Probes {
  /** How often each place was passed, modulo 256. */
  readonly hits: Uint8Array;
  /** Says whether both are the same, and may note them. */
  readonly same: (left: unknown, right: unknown) => boolean;
}

export interface ProbedCode {
  readonly code: string;
  /** Places so far, this code's included. */
  readonly places: number;
  /** Strings that are written in the code, each once. */
  readonly words: readonly string[];
}

const LONGEST_WORD = 40;

/** Operators whose right side is not always computed. */
const WAYS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** `code` is plain JavaScript; its places are numbered from `firstPlace`. */
export function withProbes(code: string, name: string, firstPlace: number): ProbedCode {
  const { factory } = ts;
  const words = new Set<string>();
  let places = firstPlace;

  const probes = (member: 'hits' | 'same'): ts.Expression =>
    factory.createPropertyAccessExpression(
      factory.createPropertyAccessExpression(factory.createIdentifier('globalThis'), PROBES),
      member,
    );
  const passed = (): ts.Expression =>
    factory.createPostfixIncrement(
      factory.createElementAccessExpression(probes('hits'), factory.createNumericLiteral(places++)),
    );
  const counted = (value: ts.Expression): ts.Expression =>
    factory.createParenthesizedExpression(factory.createComma(passed(), factory.createParenthesizedExpression(value)));
  const asBlock = (statement: ts.Statement): ts.Block =>
    ts.isBlock(statement)
      ? factory.updateBlock(statement, [factory.createExpressionStatement(passed()), ...statement.statements])
      : factory.createBlock([factory.createExpressionStatement(passed()), statement], true);
  const asClause = (statements: readonly ts.Statement[]): readonly ts.Statement[] => [
    factory.createExpressionStatement(passed()),
    ...statements,
  ];

  const transformer: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node;
      const seen = ts.visitEachChild(node, visit, context);
      if (ts.isStringLiteralLike(seen) && seen.text.length > 0 && seen.text.length <= LONGEST_WORD)
        words.add(seen.text);
      if (ts.isIfStatement(seen)) {
        const otherwise = seen.elseStatement ?? factory.createBlock([]);
        return factory.updateIfStatement(seen, seen.expression, asBlock(seen.thenStatement), asBlock(otherwise));
      }
      if (ts.isForStatement(seen)) {
        return factory.updateForStatement(
          seen,
          seen.initializer,
          seen.condition,
          seen.incrementor,
          asBlock(seen.statement),
        );
      }
      if (ts.isForOfStatement(seen)) {
        return factory.updateForOfStatement(
          seen,
          seen.awaitModifier,
          seen.initializer,
          seen.expression,
          asBlock(seen.statement),
        );
      }
      if (ts.isWhileStatement(seen))
        return factory.updateWhileStatement(seen, seen.expression, asBlock(seen.statement));
      if (ts.isCaseClause(seen)) return factory.updateCaseClause(seen, seen.expression, asClause(seen.statements));
      if (ts.isDefaultClause(seen)) return factory.updateDefaultClause(seen, asClause(seen.statements));
      if (ts.isCatchClause(seen)) {
        return factory.updateCatchClause(seen, seen.variableDeclaration, asBlock(seen.block));
      }
      if (ts.isConditionalExpression(seen)) {
        return factory.updateConditionalExpression(
          seen,
          seen.condition,
          seen.questionToken,
          counted(seen.whenTrue),
          seen.colonToken,
          counted(seen.whenFalse),
        );
      }
      if (ts.isArrowFunction(seen) && !ts.isBlock(seen.body)) {
        return factory.updateArrowFunction(
          seen,
          seen.modifiers,
          seen.typeParameters,
          seen.parameters,
          seen.type,
          seen.equalsGreaterThanToken,
          counted(seen.body),
        );
      }
      if (ts.isBinaryExpression(seen)) {
        const { left, right, operatorToken } = seen;
        if (WAYS.has(operatorToken.kind)) {
          return factory.updateBinaryExpression(seen, left, operatorToken, counted(right));
        }
        const same = factory.createCallExpression(probes('same'), undefined, [left, right]);
        if (operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken) return same;
        if (operatorToken.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken) return factory.createLogicalNot(same);
      }
      return seen;
    };
    return ts.visitEachChild(file, visit, context);
  };

  const source = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const { transformed } = ts.transform(source, [transformer]);
  const [result] = transformed;
  if (result === undefined) throw new Error(`${name} came to nothing`);
  return { code: ts.createPrinter().printFile(result), places, words: [...words] };
}
