/** The districts' outlines, fetched once and given to the charts. Names are the keys of the map's data. */
import { registerMap } from '../../ui/echarts.web.ts'
import outlines from '../../../../data/map/chongqing_38.geojson?url'

export const MAP = 'chongqing-38'
export const MAP_NOTE = '示意图，只表示相对位置，不作为划界依据；区县界线为 2025 年 11 月区划调整以前的。'

let loading: Promise<void> | null = null
export const loadMap = (): Promise<void> =>
  (loading ??= fetch(outlines)
    .then((r) => r.json() as Promise<Parameters<typeof registerMap>[1]>)
    .then((json) => registerMap(MAP, json as never), (error: Error) => {
      loading = null
      throw error
    }))
