import { strToU8, zipSync } from 'fflate'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { codeOf, NS, put, removeFolder, workbook } from './test-files.ts'

afterAll(removeFolder)

const ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
const ole = (more: Buffer | string = ''): Buffer => Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(more)])

describe('files that are not what they say', () => {
  it.each<[string, string, Uint8Array | string, string]>([
    ['nothing', 'a.xlsx', '', 'empty_file'],
    ['text named xlsx', 'a.xlsx', '单位,用电量\n', 'not_a_workbook'],
    ['workbook named csv', 'a.csv', workbook({ rows: ROW }), 'wrong_type'],
    ['web page named xls', 'a.xls', '<html><table></table></html>', 'wrong_type'],
    ['web page named csv', 'a.csv', '<!DOCTYPE html><table></table>', 'wrong_type'],
    ['old workbook', 'a.xls', ole(), 'old_workbook'],
    ['old workbook renamed', 'a.xlsx', ole(), 'old_workbook'],
    ['password', 'a.xlsx', ole(Buffer.from('EncryptedPackage', 'utf16le')), 'password_protected'],
    ['picture', 'a.png', Buffer.from('89504e47', 'hex'), 'unsupported_type'],
    ['another zip', 'a.xlsx', zipSync({ 'readme.txt': strToU8('x') }), 'not_a_workbook'],
    ['word document', 'a.xlsx', zipSync({ '[Content_Types].xml': strToU8('<Types/>'), 'word/document.xml': strToU8('<a/>') }), 'not_a_workbook'],
    ['cut off', 'a.xlsx', workbook({ rows: ROW }).subarray(0, 700), 'damaged_workbook'],
    ['macro name', 'a.xlsm', workbook({ rows: ROW }), 'macros_not_allowed'],
    ['macros', 'a.xlsx', workbook({ rows: ROW, extra: { 'xl/vbaProject.bin': 'x' } }), 'macros_not_allowed'],
    ['external links', 'a.xlsx', workbook({ rows: ROW, extra: { 'xl/externalLinks/externalLink1.xml': '<a/>' } }), 'external_links'],
    ['way out', 'a.xlsx', workbook({ rows: ROW, extra: { 'xl/../../etc/passwd': 'x' } }), 'damaged_workbook'],
    ['binary csv', 'a.csv', Buffer.from([1, 0, 0, 2, 0, 0, 0, 3]), 'not_a_text_file'],
    ['rows backwards', 'a.xlsx', workbook({ rows: '<row r="2"/><row r="1"/>' }), 'damaged_workbook'],
    ['string that is not there', 'a.xlsx', workbook({ rows: '<row r="1"><c r="A1" t="s"><v>7</v></c></row>' }), 'damaged_workbook'],
    ['half a tag', 'a.xlsx', workbook({ sheet: `<worksheet ${NS}><sheetData><row r="1"><c r="A1"><v>1</v>` }), 'damaged_workbook'],
    ['bytes that are no text', 'a.xlsx', workbook({ extra: { 'xl/worksheets/sheet1.xml': Buffer.from('<worksheet>\xff\xfe</worksheet>', 'latin1') } }), 'damaged_workbook'],
  ])('%s', async (_, name, bytes, code) => {
    const path = put('f', bytes)
    expect(await codeOf(path, { fileName: name })).toBe(code)
  })
})

describe('bombs', () => {
  it('a huge sheet of zeros is refused by what it declares', async () => {
    const path = put('bomb.xlsx', workbook({ sheet: `<worksheet ${NS}><sheetData>${' '.repeat(40_000_000)}</sheetData></worksheet>` }))
    expect(await codeOf(path)).toBe('zip_bomb')
  })
  it('sizes that lie are found while counting', async () => {
    const bytes = Buffer.from(workbook({ sheet: `<worksheet ${NS}><sheetData>${' '.repeat(2_000_000)}</sheetData></worksheet>` }))
    const size = Buffer.alloc(4)
    size.writeUInt32LE(`<worksheet ${NS}><sheetData></sheetData></worksheet>`.length + 2_000_000)
    for (let at = bytes.indexOf(size); at >= 0; at = bytes.indexOf(size, at + 1)) bytes.writeUInt32LE(1000, at)
    expect(await codeOf(put('lie.xlsx', bytes))).toBe('zip_bomb')
  })
  it('many entries, overlapping entries', async () => {
    const extra = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`x/${i}.xml`, 'x']))
    expect(await codeOf(put('entries.xlsx', workbook({ extra })))).toBe('zip_bomb')
    const bytes = Buffer.from(workbook({ rows: ROW, extra: { 'y.xml': 'y', 'z.xml': 'z' } }))
    const name = bytes.lastIndexOf('z.xml')
    bytes.writeUInt32LE(bytes.readUInt32LE(bytes.lastIndexOf('y.xml') - 46 + 42), name - 46 + 42)
    expect(await codeOf(put('overlap.xlsx', bytes))).toBe('damaged_workbook')
  })
  it.each([
    ['laughs', '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>'],
    ['outside file', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'],
  ])('DOCTYPE: %s', async (_, doctype) => {
    expect(await codeOf(put('dtd.xlsx', workbook({ rows: ROW, doctype })))).toBe('doctype_not_allowed')
  })
  it('what needs more than its heap ends the thread, and only the thread', async () => {
    const noise = Array.from({ length: 9_000 }, (_, i) => (i * 2654435761 % 4294967296).toString(36)).join('')
    const merges = Array.from({ length: 190_000 }, (_, i) => `<mergeCell ref="A${i * 2 + 1}:B${i * 2 + 2}"/>`).join('')
    const path = put('long.xlsx', workbook({ rows: `<row r="1">${Array.from({ length: 60 }, () => `<c t="str"><v>${noise}</v></c>`).join('')}</row>`, after: `<mergeCells>${merges}</mergeCells>` }))
    expect(await codeOf(path, { limits: { heapMb: 12 } })).toBe('too_complex')
  }, 20_000)
  it('no more readers at once than a machine bears: the others wait their turn, and then are told to come again', async () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => `<row r="${i + 1}"><c r="A${i + 1}"><v>1</v></c></row>`).join('')
    const path = put('many.xlsx', workbook({ rows }))
    const codes = await Promise.all(Array.from({ length: 50 }, () => codeOf(path)))
    expect(codes.filter((c) => c === 'read')).toHaveLength(44)
    expect(codes.filter((c) => c === 'too_many')).toHaveLength(6)
    expect(await codeOf(path)).toBe('read')
  }, 60_000)
  it('stops at the time allowed', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `<row r="${i + 1}"><c r="A${i + 1}"><v>1</v></c></row>`).join('')
    expect(await codeOf(put('slow.xlsx', workbook({ rows })), { limits: { parseMs: 1 } })).toBe('parse_timeout')
  })
})

describe('flipped bytes', () => {
  const good = workbook({ rows: Array.from({ length: 20 }, (_, i) => `<row r="${i + 1}"><c r="A${i + 1}" t="str"><v>值${i}</v></c></row>`).join('') })
  it('are read or refused with a sentence, never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), async (flips) => {
        const bytes = Buffer.from(good)
        for (const [at, value] of flips) bytes[at] = value
        const code = await codeOf(put('fuzz.xlsx', bytes))
        expect(code).toMatch(/^(read|not_a_workbook|damaged_workbook|zip_bomb|password_protected|macros_not_allowed|doctype_not_allowed|too_many_columns)$/)
      }),
      { numRuns: 40 },
    )
  }, 30_000)
})
