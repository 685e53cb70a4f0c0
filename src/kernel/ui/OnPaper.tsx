import type { ReactNode } from 'react'
import { createPortal } from 'react-dom'

/** What comes out of the printer in the place of the whole page, as long as it stands there; on the screen it is not seen. */
export const OnPaper = ({ children }: { children: ReactNode }) => createPortal(<div className="on-paper">{children}</div>, document.body)
