/** The import law: errors, not warnings. */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'kernel-knows-no-domain', severity: 'error', from: { path: '^src/kernel' }, to: { path: '^src/(domains|apps)' } },
    { name: 'domains-know-no-app', severity: 'error', from: { path: '^src/domains' }, to: { path: '^src/apps' } },
    {
      name: 'domains-meet-in-public', severity: 'error', comment: 'another domain is used through public.ts, contracts and events only',
      from: { path: '^src/domains/([^/]+)/' }, to: { path: '^src/domains/([^/]+)/', pathNot: ['^src/domains/$1/', '(public|\\.contract|\\.entity|\\.rules)\\.ts$'] },
    },
    {
      name: 'web-knows-no-server-file', severity: 'error',
      from: { path: '\\.(tsx|web\\.ts)$' }, to: { path: '^src/', pathNot: '\\.(tsx|web\\.ts|rules\\.ts|entity\\.ts|contract\\.ts|report\\.ts|css|geojson|svg)$' },
    },
    {
      name: 'shared-files-run-everywhere', severity: 'error', comment: 'entity, contract, rules and report files run in the browser too',
      from: { path: '\\.(rules|entity|contract|report)\\.ts$', pathNot: '(\\.test\\.ts$|^src/apps/sample/)' },
      to: { path: ['^src/', '^node:'], pathNot: '\\.(rules|entity|contract|report)\\.ts$', dependencyTypesNot: ['npm', 'type-only'] },
    },
    { name: 'no-server-package-in-web', severity: 'error', from: { path: '\\.(tsx|web\\.ts|rules\\.ts|entity\\.ts|contract\\.ts|report\\.ts)$' }, to: { path: 'node_modules/(pg|pg-boss|fastify|exceljs|kysely|@node-rs)' } },
    {
      name: 'connections-are-made-in-few-places', severity: 'error', comment: 'whoever opens a connection is not bound to an actor (C23): handlers get a transaction',
      from: { path: '^src/', pathNot: '^src/kernel/(db|backup|audit|test)/|^src/kernel/server/jobs\\.ts$|^src/apps/(platform\\.ts$|commands/|sample/|releases/)|\\.(test|e2e)\\.ts$' }, to: { path: 'node_modules/(pg|pg-boss)/' },
    },
    { name: 'nothing-missing', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^virtual:' } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.web.json' }, enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'], extensions: ['.ts', '.tsx', '.js', '.json', '.css'] } },
}
