/** The file's words → ours. An empty right side means: no value, left out. */
import { Button, Input, Select } from 'antd'
import { useState } from 'react'

type Right = string | number | boolean | null

interface Props {
  title: string
  pairs: Readonly<Record<string, Right>>
  choices: Readonly<Record<string, string>>
  set: (pairs: Record<string, Right>) => void
}

export function WordPairs({ title, pairs, choices, set }: Props) {
  const [word, setWord] = useState('')
  const options = [{ value: '', label: '（不导入）' }, ...Object.entries(choices).map(([value, label]) => ({ value, label }))]
  const add = () => {
    const w = word.trim()
    if (w && !(w in pairs)) set({ ...pairs, [w]: Object.keys(choices)[0] ?? null })
    setWord('')
  }
  return (
    <div className="word-pairs">
      <p>{title}</p>
      <ul>
        {Object.entries(pairs).map(([w, to]) => (
          <li key={w}>
            <span>“{w}”</span> → <Select aria-label={`“${w}”对应`} showSearch={{ optionFilterProp: 'label' }} value={to === null ? '' : String(to)} options={options} style={{ width: 220 }} onChange={(v) => set({ ...pairs, [w]: v === '' ? null : v })} />
            <Button type="link" size="small" onClick={() => set(Object.fromEntries(Object.entries(pairs).filter(([k]) => k !== w)))}>去掉</Button>
          </li>
        ))}
      </ul>
      <div className="word-add"><Input value={word} placeholder="文件里的写法，如：机关" aria-label="文件里的写法" style={{ width: 220 }} onChange={(e) => setWord(e.target.value)} onPressEnter={add} /><Button onClick={add} disabled={!word.trim()}>增加</Button></div>
    </div>
  )
}
