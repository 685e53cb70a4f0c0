import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

/** What types cannot see. Style is prettier's affair and no error. */
export default ts.config(
  { ignores: ['node_modules/', 'dist/', 'var/', '.cache/', 'bench/.var/', 'coverage/'] },
  ...ts.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-unused-expressions': ['error', { allowShortCircuit: true, allowTernary: true }],
      '@typescript-eslint/consistent-type-imports': 'off',
      eqeqeq: ['error', 'smart'],
      'no-restricted-imports': ['error', { paths: [{ name: 'xlsx', message: 'Frozen and vulnerable on npm: use src/kernel/documents.' }, { name: 'exceljs', message: 'Only src/kernel/documents writes workbooks.' }] }],
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.name='parseFloat']", message: 'Figures are exact decimals: use decimal.js or SQL.' },
        { selector: 'CallExpression > MemberExpression.callee[property.name=/^(get|set)(Hours|Date|Day|Month|FullYear)$|^toLocale(Date|Time)String$/]', message: 'Days and hours are those of Shanghai, wherever the machine is: use today and hourNow of the web, todayInChongqing, or app.today() in SQL.' },
        { selector: "CallExpression[callee.property.name='slice'][callee.object.callee.property.name='toISOString'][callee.object.callee.object.type='NewExpression'][callee.object.callee.object.arguments.length=0]", message: 'That is the day in Greenwich, which until eight in the morning is yesterday: use today of the web, todayInChongqing, or app.today() in SQL.' },
      ],
    },
  },
  { files: ['src/kernel/documents/**', '**/*.test.ts', '**/*.e2e.ts', 'bench/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['**/*.tsx', '**/*.web.ts'],
    plugins: { 'react-hooks': hooks },
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
)
