/** Everything behind the sign-in. */
import { RouterProvider } from '@tanstack/react-router'
import { mount, MountedContext } from '../../kernel/ui/mounted.tsx'
import { buildRouter } from '../../kernel/ui/router.tsx'
import { screens } from './screens.web.ts'

const mounted = mount(screens)
const router = buildRouter(mounted)

export default function Workplace() {
  return (
    <MountedContext value={mounted}>
      <RouterProvider router={router} />
    </MountedContext>
  )
}
