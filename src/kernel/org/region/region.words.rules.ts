/** Words for regions, and which of them stood on a day. */
export const GROUPS = { metropolitan: '主城都市区', northeast: '渝东北三峡库区城镇群', southeast: '渝东南武陵山区城镇群' } as const
export type Group = keyof typeof GROUPS
export const REGION_KINDS: Record<string, string> = { municipality: '市本级', district: '区', county: '县（自治县）', functional: '功能区' }

/** Half-open: a region that ends on a day is gone on that day. */
export const stoodOn = (r: { validFrom: string; validTo: string | null }, day: string): boolean => r.validFrom <= day && (r.validTo === null || r.validTo > day)

/** Announced on this day: 江北区 and 渝北区 abolished, 两江新区 established. */
export const ADJUSTED = '2025-11-06'
export const DAY_BEFORE = '2025-11-05'
