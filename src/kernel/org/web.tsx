/** Pages of the organisations: register, possible duplicates, regions. */
import { defineScreens } from '../ui/screens.web.ts'

export const organizationScreens = defineScreens({ screens: [] })
