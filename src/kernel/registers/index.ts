/** What every register page shares on the server: saved views. */
import { defineDomain } from '../domain.ts'
import { viewHandlers } from './views.ts'

export const registersDomain = defineDomain({
  name: 'registers',
  knows: [],
  entities: [],
  handlers: viewHandlers,
})
