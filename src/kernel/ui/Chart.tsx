/** A chart in the house's palette and fonts: follows the theme and the width, says in words what it shows, goes out as PNG. */
import type { EChartsCoreOption, ECharts } from 'echarts/core'
import { Button } from 'antd'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { init } from './echarts.web.ts'
import { SERIES_DARK, SERIES_LIGHT } from './palette.rules.ts'
import { saveAs } from './files.web.ts'
import { FONTS, useShade } from './theme.tsx'

interface Props {
  option: EChartsCoreOption
  /** What the picture shows, for those who do not see it; the data should also stand in a table. */
  label: string
  height?: number
  /** Name of the PNG; without it there is no download. */
  fileName?: string
  /** What stands over the picture on the page and must go out with it: title, then units and remarks. */
  heading?: readonly [title: string, note?: string]
  /** A click on a bar, district, point…: pages open the records behind it. */
  onPick?: (picked: { name: string; seriesName?: string; dataIndex: number; data: unknown }) => void
  /** Beside the download, e.g. an export of the data. */
  actions?: ReactNode
}

const dress = (isDark: boolean): EChartsCoreOption => {
  const text = isDark ? '#e6eaef' : '#16202c'
  const faint = isDark ? '#98a3af' : '#5a6675'
  const line = isDark ? '#29313a' : '#e3e7ec'
  const axis = { axisLabel: { color: faint }, axisLine: { lineStyle: { color: faint } }, splitLine: { lineStyle: { color: line } }, nameTextStyle: { color: faint } }
  return {
    color: [...(isDark ? SERIES_DARK : SERIES_LIGHT)], backgroundColor: 'transparent', textStyle: { fontFamily: FONTS, color: text },
    animation: !matchMedia('(prefers-reduced-motion: reduce)').matches, animationDuration: 300,
    categoryAxis: axis, valueAxis: { ...axis, axisLine: { show: false } }, timeAxis: axis, logAxis: axis,
    legend: { textStyle: { color: text } }, title: { textStyle: { color: text } },
    // Drawn into the picture: as markup it would need style attributes, and names of institutions would be read as markup.
    tooltip: { renderMode: 'richText', confine: true, backgroundColor: isDark ? '#1d232b' : '#fff', borderColor: line, textStyle: { color: text } },
  }
}

/** In a letter the picture stands alone: it says itself what it shows and in which unit. */
function withHeading(picture: HTMLCanvasElement, heading: Props['heading'], colour: { background: string; text: string; faint: string }): HTMLCanvasElement {
  if (!heading) return picture
  const [edge, wide] = [24, picture.width]
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d')!
  const small = `24px ${FONTS}`
  pen.font = small
  const lines: string[] = ['']
  for (const letter of heading[1] ?? '') {
    const longer = lines.at(-1)! + letter
    if (pen.measureText(longer).width > wide - 2 * edge) lines.push(letter)
    else lines[lines.length - 1] = longer
  }
  const top = 60 + (heading[1] ? lines.length * 36 : 0) + 12
  canvas.width = wide
  canvas.height = picture.height + top
  pen.fillStyle = colour.background
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.textBaseline = 'top'
  pen.fillStyle = colour.text
  pen.font = `600 32px ${FONTS}`
  pen.fillText(heading[0], edge, 20)
  pen.fillStyle = colour.faint
  pen.font = small
  lines.forEach((line, i) => pen.fillText(line, edge, 66 + i * 36))
  pen.drawImage(picture, 0, top)
  return canvas
}

export default function Chart({ option, label, height = 320, fileName, heading, onPick, actions }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [chart, setChart] = useState<ECharts>()
  const { isDark } = useShade()
  useEffect(() => {
    const made = init(box.current!, dress(isDark), { renderer: 'canvas', locale: 'ZH' })
    setChart(made)
    const watch = new ResizeObserver(() => made.resize())
    watch.observe(box.current!)
    return () => {
      watch.disconnect()
      made.dispose()
    }
  }, [isDark])
  useEffect(() => chart?.setOption(option, { notMerge: true }), [chart, option])
  useEffect(() => {
    if (!chart || !onPick) return
    const pick = (event: unknown) => onPick(event as Parameters<typeof onPick>[0])
    chart.on('click', pick)
    return () => void chart.off('click', pick)
  }, [chart, onPick])

  const save = async () => {
    // A canvas, not a data address: the page's policy lets nothing else be fetched.
    const background = isDark ? '#161b21' : '#fff'
    const canvas = withHeading(chart!.renderToCanvas({ pixelRatio: 2, backgroundColor: background }), heading, { background, text: isDark ? '#e6eaef' : '#16202c', faint: isDark ? '#98a3af' : '#5a6675' })
    canvas.toBlob((blob) => blob && saveAs(blob, `${fileName}.png`))
  }
  return (
    <figure style={{ margin: 0 }}>
      <div ref={box} role="img" aria-label={label} style={{ height }} />
      {(fileName || actions) && (
        <figcaption className="no-print" style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
          {actions}
          {fileName && <Button size="small" onClick={() => void save()}>下载图片</Button>}
        </figcaption>
      )}
    </figure>
  )
}
