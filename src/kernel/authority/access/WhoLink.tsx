import { Link } from '@tanstack/react-router'
import { useSession } from '../../ui/session.tsx'
import '../authority.css'
import { whoSees, type Subject } from './access.contract.ts'

/** From any record: who can see it. */
export function WhoLink({ subject, id }: { subject: Subject; id: number }) {
  const { may } = useSession()
  return may(whoSees.access) ? <Link className="who-link" to="/access/who" search={{ subject, id: String(id) } as never}>谁能看到</Link> : null
}
