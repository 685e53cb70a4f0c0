/** Which files may be attached: by the end of their name, which the content must then bear out. */
export interface Kind {
  label: string
  extensions: readonly string[]
  /** Sent with a download; nothing that a browser would run. */
  type: string
  /** A browser shows it in an `img`, which runs nothing. */
  picture?: boolean
}

const office = (what: string) => `application/vnd.openxmlformats-officedocument.${what}`
export const KINDS = {
  pdf: { label: 'PDF', extensions: ['pdf'], type: 'application/pdf' },
  ofd: { label: 'OFD', extensions: ['ofd'], type: 'application/ofd' },
  docx: { label: 'Word', extensions: ['docx'], type: office('wordprocessingml.document') },
  xlsx: { label: 'Excel', extensions: ['xlsx'], type: office('spreadsheetml.sheet') },
  pptx: { label: 'PowerPoint', extensions: ['pptx'], type: office('presentationml.presentation') },
  doc: { label: 'Word（旧版）', extensions: ['doc', 'wps'], type: 'application/msword' },
  xls: { label: 'Excel（旧版）', extensions: ['xls', 'et'], type: 'application/vnd.ms-excel' },
  ppt: { label: 'PowerPoint（旧版）', extensions: ['ppt', 'dps'], type: 'application/vnd.ms-powerpoint' },
  png: { label: '图片', extensions: ['png'], type: 'image/png', picture: true },
  jpg: { label: '图片', extensions: ['jpg', 'jpeg'], type: 'image/jpeg', picture: true },
  webp: { label: '图片', extensions: ['webp'], type: 'image/webp', picture: true },
  heic: { label: '图片（HEIC）', extensions: ['heic', 'heif'], type: 'image/heic' },
  text: { label: '文本', extensions: ['txt', 'csv'], type: 'application/octet-stream' },
} as const satisfies Record<string, Kind>
export type KindName = keyof typeof KINDS
export const KIND_NAMES = Object.keys(KINDS) as [KindName, ...KindName[]]

export const extensionOf = (name: string): string => /\.([^.]+)$/.exec(name.toLowerCase())?.[1] ?? ''
export const kindNamed = (name: string): KindName | undefined =>
  KIND_NAMES.find((k) => (KINDS[k].extensions as readonly string[]).includes(extensionOf(name)))

/** For the file chooser of a browser; `image/*` lets a phone offer its camera. */
export const ACCEPT = ['image/*', ...KIND_NAMES.flatMap((k) => KINDS[k].extensions.map((e) => `.${e}`))].join(',')
export const WORDS = 'PDF、OFD、Word、Excel、PowerPoint（含 WPS 格式）、图片和文本'

/**
 * The name as it was given, without what a name cannot have: folders, control characters, and characters that turn the
 * direction of writing (`‮fdp.exe` reads as `exe.pdf`).
 */
export function plainName(given: string): string {
  const bare = given.split(/[\\/]/).at(-1)!.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '').toWellFormed().trim().replace(/[. ]+$/, '')
  const extension = extensionOf(bare)
  if (bare.length <= 200 || !extension || extension.length > 10) return bare.slice(0, 200)
  return `${bare.slice(0, 199 - extension.length)}.${extension}`
}

export const sizeText = (bytes: number): string =>
  bytes < 1024 ? `${bytes} 字节` : bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, '')} MB`

export const SCANS = { unscanned: '未查毒', pending: '等待查毒', clean: '查毒通过', infected: '发现病毒' } as const
