/** Names and numbers of write-ahead log: timeline, and where on it a segment stands. */
export const SEGMENT = /^[0-9A-F]{24}$/
export const HISTORY = /^[0-9A-F]{8}\.history$/

const perFile = (size: number) => 2 ** 32 / size
export const timelineOf = (name: string): number => parseInt(name.slice(0, 8), 16)
export const numberOf = (name: string, size: number): number => parseInt(name.slice(8, 16), 16) * perFile(size) + parseInt(name.slice(16), 16)
const hex = (n: number) => n.toString(16).toUpperCase().padStart(8, '0')
export const segmentName = (timeline: number, n: number, size: number): string => hex(timeline) + hex(Math.floor(n / perFile(size))) + hex(n % perFile(size))

/** `16/B374D848` as one number. */
export function lsnOf(text: string): bigint {
  const [high, low] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}
/** Position behind the last byte of a segment. */
export const endOf = (name: string, size: number): bigint => BigInt(numberOf(name, size) + 1) * BigInt(size)
