/** What a test run migrates and loads: everything on the list of domains. */
import { setupDatabases } from '../kernel/test/setup.ts'
import { domains, migrationSources } from './domains.ts'

export default (project: Parameters<typeof setupDatabases>[0]) => setupDatabases(project, migrationSources, domains)
