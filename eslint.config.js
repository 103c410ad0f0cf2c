import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import accessibility from 'eslint-plugin-vuejs-accessibility';
import tseslint from 'typescript-eslint';
import { importTable } from './tools/eslint-import-table/rule.ts';

const tests = ['**/*.test.ts', '**/testing/**/*.ts'];

export default defineConfig(
  globalIgnores(['coverage/', 'dist/', 'out/', '**/*.d.ts']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.js', '**/*.vue'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { local: { rules: { 'import-table': importTable } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'local/import-table': 'error',
      'max-lines': ['error', { max: 450 }],
      'no-console': 'error',
      eqeqeq: 'error',
      curly: ['error', 'multi-line'],
      'object-shorthand': 'error',
      'no-param-reassign': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/strict-boolean-expressions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Ports are asynchronous where their adapters may not be.
      '@typescript-eslint/require-await': 'off',
      // Index signatures are read with brackets (noPropertyAccessFromIndexSignature).
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: ['renderer/**/*.vue'],
    extends: [vue.configs['flat/recommended'], accessibility.configs['flat/recommended']],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': ['error', { order: ['defineProps', 'defineEmits', 'defineModel'] }],
      'vue/no-v-html': 'error',
      'vue/no-unused-refs': 'error',
      'vue/prefer-true-attribute-shorthand': 'error',
      // A prop that is not given is undefined, and its type says so.
      'vue/require-default-prop': 'off',
      // Our labels wrap their control or name it; one of both is enough.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // The focus goes where the person just asked for a field.
      'vuejs-accessibility/no-autofocus': 'off',
    },
  },
  {
    // The interface has a program of its own: a browser's types, and components.
    files: ['renderer/**/*.ts', 'renderer/**/*.vue', 'bench/window/page/*.ts'],
    languageOptions: {
      parserOptions: { projectService: false, project: './tsconfig.renderer.json', extraFileExtensions: ['.vue'] },
    },
    rules: { '@typescript-eslint/no-unsafe-type-assertion': 'error' },
  },
  {
    // What comes from outside is checked, not asserted. app/domain is where checked values get their brands.
    files: ['app/**/*.ts', 'main/**/*.ts'],
    ignores: ['app/domain/**'],
    rules: { '@typescript-eslint/no-unsafe-type-assertion': 'error' },
  },
  {
    // Number crunching over typed arrays: the loop bound is the check.
    files: ['native-models/**/*.ts', 'main/images/**/*.ts', ...tests],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/prefer-for-of': 'off' },
  },
  {
    files: tests,
    rules: { 'max-lines': 'off', '@typescript-eslint/no-unsafe-type-assertion': 'off' },
  },
  {
    files: ['main/cli/**/*.ts', 'bench/**/*.ts', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  prettier,
);
