/** What everything before the sign-in looks like: the platform's words at one side, the task at the other. */
import type { ReactNode } from 'react'
import './sign-in.css'

export function Doorway({ title, children, wide }: { title: string; children: ReactNode; wide?: boolean }) {
  return (
    <main className="sign-in">
      <section className="sign-in-words" aria-hidden="true">
        <p className="sign-in-name">公廨</p>
        <p>机关事务管理平台</p>
        <p className="sign-in-line">成本算得清，资产管得住，用房用车有依据，能耗降得下来。</p>
      </section>
      <section className={wide ? 'sign-in-form is-wide' : 'sign-in-form'} aria-labelledby="sign-in-title">
        <h1 id="sign-in-title">{title}</h1>
        {children}
      </section>
    </main>
  )
}
