import { useEffect, useState } from 'react'

/**
 * A dialog that is there only while it is open takes the focus with it when it goes. This gives it back to what opened the
 * dialog, where that is still on the page, so that whoever works from the keyboard goes on where they were.
 */
export function useFocusBack(): void {
  const [opener] = useState(() => document.activeElement)
  useEffect(() => () => {
    // After the dialog's own leaving, which leaves the focus nowhere.
    setTimeout(() => {
      if (opener instanceof HTMLElement && opener.isConnected && (!document.activeElement || document.activeElement === document.body)) opener.focus({ preventScroll: true })
    })
  }, [opener])
}
