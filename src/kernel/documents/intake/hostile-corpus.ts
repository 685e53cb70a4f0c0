/**
 * Spreadsheets that nobody saves by hand: bombs, lies, loops, broken and flipped ones, all from a seed. For the tests,
 * and for the campaign of faults (F14), which runs all of them against a running platform.
 */
import { crc32, deflateRawSync, constants } from 'node:zlib'
import { strToU8, zipSync, type Zippable } from 'fflate'

export const NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const R = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

export interface Raw {
  /** Inside of sheetData. */
  rows?: string
  /** Behind sheetData. */
  after?: string
  date1904?: boolean
  styles?: string
  sharedStrings?: string
  sheet?: string
  extra?: Record<string, string | Uint8Array>
  doctype?: string
}

/** A minimal workbook from raw XML. */
export function workbook(raw: Raw): Uint8Array {
  const parts: Record<string, string | Uint8Array> = {
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="${R}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook ${NS} xmlns:r="${R}"><workbookPr${raw.date1904 ? ' date1904="1"' : ''}/><sheets><sheet name="数据" sheetId="1" r:id="s"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="s" Type="${R}/worksheet" Target="worksheets/sheet1.xml"/>${raw.styles ? `<Relationship Id="y" Type="${R}/styles" Target="styles.xml"/>` : ''}${raw.sharedStrings ? `<Relationship Id="t" Type="${R}/sharedStrings" Target="sharedStrings.xml"/>` : ''}</Relationships>`,
    'xl/worksheets/sheet1.xml': raw.sheet ?? `${raw.doctype ?? ''}<worksheet ${NS}><sheetData>${raw.rows ?? ''}</sheetData>${raw.after ?? ''}</worksheet>`,
    ...(raw.styles ? { 'xl/styles.xml': `<styleSheet ${NS}>${raw.styles}</styleSheet>` } : {}),
    ...(raw.sharedStrings ? { 'xl/sharedStrings.xml': `<sst ${NS}>${raw.sharedStrings}</sst>` } : {}),
    ...raw.extra,
  }
  const files: Zippable = {}
  for (const [name, text] of Object.entries(parts)) files[name] = typeof text === 'string' ? strToU8(text) : text
  return zipSync(files)
}

export interface HostileFile {
  name: string
  /** Under which it is uploaded. */
  fileName: string
  bytes: () => Uint8Array
  /** Whether it is to be read, refused, or may be either: what matters then is that it ends, soon, with a sentence. */
  wanted: 'read' | 'refused' | 'either'
}

/** Small and the same everywhere (mulberry32). */
export function randomFrom(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const row = (line: number, cells: string): string => `<row r="${line}">${cells}</row>`
const cell = (ref: string, value: string, more = ''): string => `<c r="${ref}"${more}><v>${value}</v></c>`
const GOOD = Array.from({ length: 30 }, (_, i) => row(i + 1, cell(`A${i + 1}`, i ? `单位${i}` : '机构名称', ' t="str"') + (i ? cell(`B${i + 1}`, String(i * 7.25)) : cell('B1', '用能人数', ' t="str"')))).join('')
const RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
const relations = (...list: [id: string, type: string, target: string][]): string =>
  `<Relationships ${RELATIONS}>${list.map(([id, type, target]) => `<Relationship Id="${id}" Type="${R}/${type}" Target="${target}"/>`).join('')}</Relationships>`

/** The same text many times over, packed piece by piece: a bomb that costs nobody memory while it is made. */
function repeated(head: string, body: string, times: number, tail: string): { packed: Buffer; size: number; crc: number } {
  const pack = (text: string) => deflateRawSync(text, { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  const [one, bytes] = [pack(body), Buffer.from(body)]
  let crc = crc32(head)
  for (let i = 0; i < times; i++) crc = crc32(bytes, crc)
  const packed = Buffer.concat([pack(head), ...Array.from({ length: times }, () => one), deflateRawSync(tail)])
  return { packed, size: Buffer.byteLength(head) + bytes.length * times + Buffer.byteLength(tail), crc: crc32(tail, crc) }
}

interface Entry { name: string; packed: Buffer; size: number; crc: number; method?: number; flags?: number; declared?: number; at?: number }
const stored = (name: string, text: string | Buffer): Entry => ({ name, packed: Buffer.from(text as string), size: Buffer.byteLength(text as string), crc: crc32(text), method: 0 })
/** A container written by hand, so that it can say what no program would write. */
function container(entries: Entry[], options: { comment?: Buffer; prefix?: Buffer; count?: number } = {}): Buffer {
  const parts: Buffer[] = [options.prefix ?? Buffer.alloc(0)]
  const central: Buffer[] = []
  let at = parts[0]!.length
  for (const e of entries) {
    const name = Buffer.from(e.name)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50)
    const fields = (to: Buffer, from: number) => {
      to.writeUInt16LE(20, from)
      to.writeUInt16LE(e.flags ?? 0, from + 2)
      to.writeUInt16LE(e.method ?? 8, from + 4)
      to.writeUInt32LE(e.crc, from + 10)
      to.writeUInt32LE(e.packed.length, from + 14)
      to.writeUInt32LE(e.declared ?? e.size, from + 18)
      to.writeUInt16LE(name.length, from + 22)
    }
    fields(head, 4)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    fields(entry, 6)
    entry.writeUInt32LE(e.at ?? at, 42)
    central.push(entry, name)
    if (e.at === undefined) {
      parts.push(head, name, e.packed)
      at += 30 + name.length + e.packed.length
    }
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(options.count ?? entries.length, 8)
  end.writeUInt16LE(options.count ?? entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(options.comment?.length ?? 0, 20)
  return Buffer.concat([...parts, directory, end, options.comment ?? Buffer.alloc(0)])
}
const frame = (): Entry[] => [
  stored('[Content_Types].xml', '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'),
  stored('_rels/.rels', relations(['a', 'officeDocument', 'xl/workbook.xml'])),
  stored('xl/workbook.xml', `<workbook ${NS} xmlns:r="${R}"><sheets><sheet name="数据" sheetId="1" r:id="s"/></sheets></workbook>`),
  stored('xl/_rels/workbook.xml.rels', relations(['s', 'worksheet', 'worksheets/sheet1.xml'], ['t', 'sharedStrings', 'sharedStrings.xml'], ['y', 'styles', 'styles.xml'])),
]
const sheetOf = (inside: string): string => `<worksheet ${NS}><sheetData>${inside}</sheetData></worksheet>`
const SHEET = 'xl/worksheets/sheet1.xml'
const withSheet = (sheet: { packed: Buffer; size: number; crc: number }, more: Entry[] = []): Buffer => container([...frame(), { name: SHEET, ...sheet }, ...more])
const ole = (stream: string): Buffer => Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(stream, 'utf16le'), Buffer.alloc(400)])
/** A header, then as many rows as it takes. */
const rowsOf = (n: number, inside: (line: number) => string): string => row(1, cell('A1', '机构名称', ' t="str"') + cell('B1', '用电量', ' t="str"')) + Array.from({ length: n }, (_, i) => row(i + 2, inside(i + 2))).join('')

type Case = [name: string, wanted: HostileFile['wanted'], bytes: () => Uint8Array | string, fileName?: string]
const LAUGHS = `<!DOCTYPE a [<!ENTITY a0 "ha">${Array.from({ length: 12 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`).join('')}]>`

const CASES: Case[] = [
  ['the good one, for comparison', 'read', () => workbook({ rows: GOOD })],
  // Bombs
  ['a sheet of 320 MB of blanks', 'refused', () => withSheet(repeated(`<worksheet ${NS}><sheetData>`, ' '.repeat(1 << 20), 320, '</sheetData></worksheet>'))],
  ['2 GB, said to be 1 KB', 'refused', () => container([...frame(), { name: SHEET, ...repeated(`<worksheet ${NS}><sheetData>`, ' '.repeat(1 << 20), 2047, '</sheetData></worksheet>'), declared: 1024 }])],
  ['rows just below the ratio that is refused', 'either', () => withSheet(repeated(`<worksheet ${NS}><sheetData>`, Array.from({ length: 2000 }, (_, i) => `<row><c t="inlineStr"><is><t>${(i * 2654435761 % 99991).toString(36)}</t></is></c></row>`).join(''), 1500, '</sheetData></worksheet>'))],
  ['100 MB of comments', 'either', () => withSheet(repeated(`<worksheet ${NS}><sheetData>${GOOD}`, Array.from({ length: 4000 }, (_, i) => `<!-- ${(i * 40503 % 65521).toString(36)} -->`).join(''), 1500, '</sheetData></worksheet>'))],
  ['a million shared strings', 'either', () => { const s = repeated(`<sst ${NS}>`, Array.from({ length: 10_000 }, (_, i) => `<si><t>${(i * 7919 % 10007).toString(36)}串</t></si>`).join(''), 100, '</sst>'); return container([...frame(), { name: 'xl/sharedStrings.xml', ...s }, stored(SHEET, sheetOf(rowsOf(20, (l) => cell(`A${l}`, String(l * 40_000), ' t="s"'))))]) }],
  ['one shared string of 100 MB', 'refused', () => container([...frame(), { name: 'xl/sharedStrings.xml', ...repeated(`<sst ${NS}><si><t>`, Array.from({ length: 20_000 }, (_, i) => (i * 2654435761 % 4294967296).toString(36)).join(''), 800, '</t></si></sst>') }, stored(SHEET, sheetOf(rowsOf(3, (l) => cell(`A${l}`, '0', ' t="s"'))))])],
  ['one cell of 60 MB', 'refused', () => withSheet(repeated(`<worksheet ${NS}><sheetData><row r="1"><c r="A1" t="str"><v>`, Array.from({ length: 20_000 }, (_, i) => (i * 2654435761 % 4294967296).toString(36)).join(''), 480, '</v></c></row></sheetData></worksheet>'))],
  ['one long string in 30,000 cells', 'refused', () => container([...frame(), stored('xl/sharedStrings.xml', `<sst ${NS}><si><t>${'长'.repeat(30_000)}</t></si></sst>`), stored(SHEET, sheetOf(rowsOf(300, (l) => cell(`A${l}`, '0', ' t="s"') + Array.from({ length: 99 }, () => '<c t="s"><v>0</v></c>').join(''))))])],
  ['long strings in one row', 'refused', () => container([...frame(), stored('xl/sharedStrings.xml', `<sst ${NS}><si><t>${'长'.repeat(90_000)}</t></si></sst>`), stored(SHEET, sheetOf(`<row>${'<c t="s"><v>0</v></c>'.repeat(1900)}</row>`))])],
  ['an attribute of 40 MB', 'refused', () => withSheet(repeated(`<worksheet ${NS}><sheetData><row r="1"><c r="A1" x="`, Array.from({ length: 20_000 }, (_, i) => (i * 2654435761 % 4294967296).toString(36)).join(''), 320, '"><v>1</v></c></row></sheetData></worksheet>'))],
  ['300,000 attributes', 'refused', () => workbook({ rows: `<row r="1" ${Array.from({ length: 300_000 }, (_, i) => `a${i}="1"`).join(' ')}>${cell('A1', '1')}</row>` })],
  ['elements within elements, 500,000 deep', 'refused', () => workbook({ rows: `<row r="1"><c r="A1"><v>1</v></c></row>`, after: '<a>'.repeat(500_000) })],
  ['an archive in an archive in an archive', 'refused', () => { let inner: Uint8Array = strToU8('x'); for (let i = 0; i < 8; i++) inner = zipSync({ [`${i}.zip`]: inner }); return inner }],
  ['every entry over the same bytes', 'refused', () => { const all = frame(); const first = repeated('<a>', ' '.repeat(1 << 16), 10, '</a>'); return container([...all, { name: SHEET, ...first }, ...Array.from({ length: 150 }, (_, i) => ({ name: `x/${i}.xml`, ...first, at: 0 }))]) }],
  ['an entry over its neighbour', 'refused', () => { const all = [...frame(), stored(SHEET, sheetOf(GOOD))]; return container([...all, { ...stored('xl/z.xml', '<z/>'), at: 40 }]) }],
  ['70,000 entries', 'refused', () => container([...frame(), stored(SHEET, sheetOf(GOOD)), ...Array.from({ length: 60_000 }, (_, i) => stored(`x/${i}`, ''))])],
  // Lies
  ['a size that is too small', 'refused', () => { const s = sheetOf(GOOD); return container([...frame(), { name: SHEET, packed: deflateRawSync(s), size: s.length, crc: crc32(s), declared: 10 }]) }],
  ['a size that is too large', 'refused', () => { const s = sheetOf(GOOD); return container([...frame(), { name: SHEET, packed: deflateRawSync(s), size: Buffer.byteLength(s), crc: crc32(s), declared: Buffer.byteLength(s) + 1 }]) }],
  ['a wrong checksum', 'refused', () => { const s = sheetOf(GOOD); return container([...frame(), { name: SHEET, packed: deflateRawSync(s), size: Buffer.byteLength(s), crc: 1 }]) }],
  ['more entries told than there are', 'refused', () => container([...frame(), stored(SHEET, sheetOf(GOOD))], { count: 9 })],
  ['fewer entries told than there are', 'refused', () => container([...frame(), stored(SHEET, sheetOf(GOOD))], { count: 4 })],
  ['two entries of one name', 'refused', () => container([...frame(), stored(SHEET, sheetOf(GOOD)), stored(SHEET, sheetOf(''))])],
  ['an encrypted entry', 'refused', () => container([...frame(), { ...stored(SHEET, sheetOf(GOOD)), flags: 1 }])],
  ['a packing that nobody knows', 'refused', () => container([...frame(), { ...stored(SHEET, sheetOf(GOOD)), method: 12 }])],
  ['bytes before the container', 'refused', () => container([...frame(), stored(SHEET, sheetOf(GOOD))], { prefix: Buffer.from('MZ this is a program') })],
  ['a second directory in the comment', 'either', () => container([...frame(), stored(SHEET, sheetOf(GOOD))], { comment: container([...frame(), stored(SHEET, sheetOf(''))]).subarray(-22) })],
  ['zip64 marks', 'refused', () => { const b = Buffer.from(container([...frame(), stored(SHEET, sheetOf(GOOD))])); b.writeUInt32LE(0xffffffff, b.length - 6); return b }],
  ...(['../../../etc/passwd', '/etc/passwd', 'xl/../../x', '..\\..\\x', 'x\0y'] as const).map((n): Case => [`an entry named ${JSON.stringify(n)}`, 'refused', () => container([...frame(), stored(SHEET, sheetOf(GOOD)), stored(n.replace('\\0', '\0'), 'x')])]),
  // XML
  ['laughs in the sheet', 'refused', () => workbook({ rows: GOOD, doctype: LAUGHS })],
  ['an outside entity', 'refused', () => workbook({ rows: GOOD, doctype: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' })],
  ['an outside DTD', 'refused', () => workbook({ rows: GOOD, doctype: '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">' })],
  ...(['xl/sharedStrings.xml', 'xl/styles.xml', 'xl/workbook.xml', 'xl/_rels/workbook.xml.rels', '_rels/.rels'] as const).map((part): Case => [`laughs in ${part}`, 'refused', () => workbook({ rows: GOOD, sharedStrings: '<si><t>a</t></si>', styles: '<a/>', extra: { [part]: `${LAUGHS}<sst ${NS}><si><t>&a9;</t></si></sst>` } })]),
  ['an entity that nobody declared', 'refused', () => workbook({ rows: row(1, cell('A1', '&bomb;', ' t="str"')) })],
  ['a reference to NUL', 'refused', () => workbook({ rows: row(1, cell('A1', '&#0;', ' t="str"')) })],
  ['a reference to half a character', 'refused', () => workbook({ rows: row(1, cell('A1', '&#xD800;', ' t="str"')) })],
  ['escapes of characters that XML cannot carry', 'either', () => workbook({ rows: row(1, cell('A1', '_x0000__xD800__xFFFF_', ' t="str"')) + row(2, cell('A2', 'b', ' t="str"')) })],
  ['a sheet in Latin-1 bytes', 'refused', () => workbook({ extra: { [SHEET]: Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${sheetOf(row(1, cell('A1', 'caf\u00e9', ' t="str"')))}`, 'latin1') } })],
  ['a sheet in UTF-16', 'refused', () => workbook({ extra: { [SHEET]: Buffer.from(`\ufeff${sheetOf(GOOD)}`, 'utf16le') } })],
  ['tags that cross', 'refused', () => workbook({ rows: '<row r="1"><c r="A1"></row></c>' })],
  ['a sheet within a sheet', 'either', () => workbook({ rows: `${GOOD}<sheetData>${GOOD}</sheetData>` })],
  // Loops and wrong ways
  ['a workbook that is its own sheet', 'either', () => workbook({ extra: { 'xl/_rels/workbook.xml.rels': relations(['s', 'worksheet', 'workbook.xml']) } })],
  ['relations that lead to themselves', 'refused', () => workbook({ extra: { '_rels/.rels': relations(['a', 'officeDocument', '_rels/.rels']), '_rels/_rels/.rels.rels': relations(['a', 'officeDocument', '_rels/.rels']) } })],
  ['strings that are the sheet', 'either', () => workbook({ rows: GOOD, extra: { 'xl/_rels/workbook.xml.rels': relations(['s', 'worksheet', 'worksheets/sheet1.xml'], ['t', 'sharedStrings', 'worksheets/sheet1.xml'], ['y', 'styles', 'worksheets/sheet1.xml']) } })],
  ['a target far outside', 'refused', () => workbook({ extra: { 'xl/_rels/workbook.xml.rels': relations(['s', 'worksheet', '../../../../../../etc/passwd']) } })],
  ['a target on the network', 'refused', () => workbook({ extra: { 'xl/_rels/workbook.xml.rels': `<Relationships ${RELATIONS}><Relationship Id="s" Type="${R}/worksheet" Target="http://127.0.0.1:9/sheet.xml" TargetMode="External"/></Relationships>` } })],
  ['20,000 sheets of one part', 'either', () => workbook({ rows: GOOD, extra: { 'xl/workbook.xml': `<workbook ${NS} xmlns:r="${R}"><sheets>${Array.from({ length: 20_000 }, (_, i) => `<sheet name="${i}" sheetId="${i + 1}" r:id="s"/>`).join('')}</sheets></workbook>` } })],
  // What spreadsheets carry along
  ['macros', 'refused', () => workbook({ rows: GOOD, extra: { 'xl/vbaProject.bin': 'x' } })],
  ['old macro sheets', 'refused', () => workbook({ rows: GOOD, extra: { 'xl/macrosheets/sheet1.xml': '<a/>' } })],
  ['macros by name', 'refused', () => workbook({ rows: GOOD }), 'a.xlsm'],
  ['links to other workbooks', 'refused', () => workbook({ rows: GOOD, extra: { 'xl/externalLinks/externalLink1.xml': '<a/>' } })],
  ['a password', 'refused', () => ole('EncryptedPackage')],
  ['an old workbook', 'refused', () => ole('Workbook'), 'a.xls'],
  ['a binary workbook', 'refused', () => workbook({ extra: { 'xl/workbook.bin': 'x' } })],
  ['a page named as a workbook', 'refused', () => '<html><table><tr><td>1</td></tr></table></html>'],
  ['formulas of every kind', 'read', () => workbook({ rows: row(1, `<c r="A1" t="str"><f>HYPERLINK("http://127.0.0.1:9/"&amp;B1,"x")</f><v>x</v></c><c r="B1"><f>WEBSERVICE("http://127.0.0.1:9")</f><v>1</v></c><c r="C1" t="str"><f>cmd|' /C calc'!A0</f><v>y</v></c>`) + GOOD.slice(GOOD.indexOf('<row r="2"')) })],
  // Shapes
  ['a cell at XFD1048576', 'refused', () => workbook({ rows: GOOD + row(1_048_576, cell('XFD1048576', '1')) })],
  ['a row at 1048577', 'refused', () => workbook({ rows: GOOD + row(1_048_577, cell('A1048577', '1')) })],
  ['rows spread over the whole height', 'either', () => workbook({ rows: rowsOf(20_000, (l) => cell(`A${l}`, '1')).replace(/<row r="(\d+)">/g, (_, n: string) => `<row r="${1 + (Number(n) - 1) * 50}">`).replace(/<c r="([A-Z])(\d+)"/g, (_, c: string, n: string) => `<c r="${c}${1 + (Number(n) - 1) * 50}"`) })],
  ['far cells in every row', 'refused', () => workbook({ rows: rowsOf(60_000, (l) => cell(`BXX${l}`, '1')) })],
  ['a merge over the whole sheet', 'read', () => workbook({ rows: GOOD, after: '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>' })],
  ['200,001 merges', 'refused', () => workbook({ rows: GOOD, after: `<mergeCells>${Array.from({ length: 200_001 }, (_, i) => `<mergeCell ref="A${i * 2 + 1}:B${i * 2 + 2}"/>`).join('')}</mergeCells>` })],
  ['merges all over one another', 'refused', () => workbook({ rows: rowsOf(3000, (l) => cell(`A${l}`, '1')), after: `<mergeCells>${Array.from({ length: 20_000 }, (_, i) => `<mergeCell ref="A1:CV${2 + i}"/>`).join('')}</mergeCells>` })],
  ['a merge that is no range', 'refused', () => workbook({ rows: GOOD, after: '<mergeCells><mergeCell ref="nonsense"/></mergeCells>' })],
  ['120,001 rows', 'refused', () => workbook({ rows: rowsOf(120_001, (l) => cell(`A${l}`, '1')) })],
  ['rows that go backwards', 'refused', () => workbook({ rows: row(5, cell('A5', '1')) + row(2, cell('A2', '1')) })],
  ['row zero', 'refused', () => workbook({ rows: row(0, cell('A0', '1')) })],
  ['a column that does not exist', 'refused', () => workbook({ rows: row(1, cell('ZZZ1', '1')) })],
  ['cells that go backwards', 'either', () => workbook({ rows: row(1, cell('C1', '1') + cell('A1', '2') + cell('A1', '3')) + row(2, cell('A2', '1')) })],
  ['a string that is not there', 'refused', () => workbook({ rows: row(1, cell('A1', '7', ' t="s"')) })],
  ['a style that is not there', 'either', () => workbook({ rows: row(1, cell('A1', '45000', ' s="99999999"')) + row(2, cell('A2', '-1', ' s="-1"')), styles: '<cellXfs><xf numFmtId="14"/></cellXfs>' })],
  ['no sheet', 'refused', () => workbook({ extra: { 'xl/workbook.xml': `<workbook ${NS}><sheets/></workbook>` } })],
  ['nothing in the sheet', 'either', () => workbook({ rows: '' })],
  ['days that are none', 'either', () => workbook({ styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>', rows: ['-1', '0', '0.5', '60', '2958466', '1e308', '1e309', '-1e309', 'NaN', 'Infinity', '1E+400', '0x10', '１２', '--5', '1,5', ' '].map((v, i) => row(i + 1, cell(`A${i + 1}`, v, ' s="1"') + cell(`B${i + 1}`, v) + cell(`C${i + 1}`, '2026-13-45T99:99:99', ' t="d"'))).join('') })],
  ['days counted from 1904', 'read', () => workbook({ date1904: true, styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>', rows: row(1, cell('A1', '日', ' t="str"')) + row(2, cell('A2', '44000', ' s="1"')) })],
  ['a format without end', 'either', () => workbook({ styles: `<numFmts><numFmt numFmtId="200" formatCode="${'[$-804]yyyy&quot;年&quot;'.repeat(20_000)}"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs>`, rows: row(1, cell('A1', '45000', ' s="0"')) + row(2, cell('A2', '1')) })],
  // Text
  ['nothing', 'refused', () => '', 'a.csv'],
  ['one line without an end', 'refused', () => Buffer.alloc(20_000_000, 'a,b'), 'a.csv'],
  ['a quote that never closes', 'refused', () => `名称,数量\n"${'甲,1\n'.repeat(400_000)}`, 'a.csv'],
  ['a million separators in a line', 'refused', () => `名称,数量\n甲${','.repeat(900_000)}1\n`, 'a.csv'],
  ['quotes all over', 'either', () => `名称,数量\n${'a"b"",""c"d,"\n'.repeat(20_000)}`, 'a.csv'],
  ['two encodings in one', 'refused', () => Buffer.concat([Buffer.from('名称,数量\n'), Buffer.from('c3fb', 'hex'), Buffer.from(',1\n'), Buffer.from([0xff, 0xff, 0x0a])]), 'a.csv'],
  ['zeros', 'refused', () => Buffer.alloc(100_000), 'a.csv'],
  ['a picture', 'refused', () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'a.csv'],
  ['formulas as text', 'read', () => `名称,数量\n=cmd|' /C calc'!A0,1\n"@SUM(A1)",-2\n`, 'a.csv'],
  ['200,000 lines', 'refused', () => `名称,数量\n${'甲,1\n'.repeat(200_000)}`, 'a.csv'],
  ['lines of every end', 'read', () => '名称,数量\r甲,1\r\n乙,2\n\r丙,3\u2028丁,4', 'a.csv'],
]

/** Where bytes are flipped: in a file as it is, or in its parts, which are then packed again with right checksums. */
function flipped(bytes: Uint8Array, ratio: number, random: () => number): Uint8Array {
  const out = Uint8Array.from(bytes)
  const flips = Math.max(1, Math.round(bytes.length * 8 * ratio))
  for (let i = 0; i < flips; i++) out[Math.floor(random() * out.length)]! ^= 1 << Math.floor(random() * 8)
  return out
}
const PARTS = (): Record<string, Uint8Array> => ({
  '[Content_Types].xml': strToU8('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'), '_rels/.rels': strToU8(relations(['a', 'officeDocument', 'xl/workbook.xml'])),
  'xl/workbook.xml': strToU8(`<workbook ${NS} xmlns:r="${R}"><workbookPr/><sheets><sheet name="数据" sheetId="1" r:id="s"/></sheets></workbook>`),
  'xl/_rels/workbook.xml.rels': strToU8(relations(['s', 'worksheet', 'worksheets/sheet1.xml'], ['t', 'sharedStrings', 'sharedStrings.xml'], ['y', 'styles', 'styles.xml'])),
  'xl/styles.xml': strToU8(`<styleSheet ${NS}><numFmts><numFmt numFmtId="200" formatCode="yyyy-mm-dd"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>`),
  'xl/sharedStrings.xml': strToU8(`<sst ${NS}>${Array.from({ length: 40 }, (_, i) => `<si><t>单位${i}</t></si>`).join('')}</sst>`),
  [SHEET]: strToU8(`<worksheet ${NS}><sheetData>${Array.from({ length: 40 }, (_, i) => row(i + 1, cell(`A${i + 1}`, String(i), ' t="s"') + cell(`B${i + 1}`, String(40_000 + i), ' s="1"') + cell(`C${i + 1}`, String(i * 3.5)))).join('')}</sheetData><mergeCells><mergeCell ref="A3:B4"/></mergeCells></worksheet>`),
})

/** All that there are: those with a name, then `flips` of random ones; the same for the same seed. */
export function* hostileFiles({ seed = 20261125, flips = 220 }: { seed?: number; flips?: number } = {}): Generator<HostileFile> {
  for (const [name, wanted, bytes, fileName = 'a.xlsx'] of CASES) yield { name, fileName, wanted, bytes: () => { const made = bytes(); return typeof made === 'string' ? Buffer.from(made) : made } }
  const whole = workbook({ rows: GOOD })
  for (let i = 1; i <= 20; i++) yield { name: `cut off after ${i * 5 - 2} %`, fileName: 'a.xlsx', wanted: 'refused', bytes: () => whole.subarray(0, Math.floor((whole.length * (i * 5 - 2)) / 100)) }
  const random = randomFrom(seed)
  const text = Buffer.from(`机构名称,用电量,日期\n${Array.from({ length: 200 }, (_, i) => `"单位${i}",${i * 7.5},2026-03-${String(1 + (i % 28)).padStart(2, '0')}\n`).join('')}`)
  for (let i = 0; i < flips; i++) {
    const ratio = 0.001 + random() * 0.049
    const own = randomFrom(Math.floor(random() * 2 ** 32))
    const kind = i % 3
    if (kind === 0) yield { name: `flipped ${i}: the file, ${ratio.toFixed(4)}`, fileName: 'a.xlsx', wanted: 'either', bytes: () => flipped(whole, ratio / 20, own) }
    else if (kind === 1) yield {
      name: `flipped ${i}: its parts, ${ratio.toFixed(4)}`, fileName: 'a.xlsx', wanted: 'either',
      bytes: () => { const parts = PARTS(); for (const name of Object.keys(parts)) if (own() < 0.4) parts[name] = flipped(parts[name]!, ratio / 50, own); return zipSync(parts) },
    }
    else yield { name: `flipped ${i}: text, ${ratio.toFixed(4)}`, fileName: 'a.csv', wanted: 'either', bytes: () => flipped(text, ratio, own) }
  }
}
