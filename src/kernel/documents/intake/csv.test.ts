import iconv from 'iconv-lite'
import { afterAll, describe, expect, it } from 'vitest'
import { detectDelimiter } from './csv-rows.ts'
import { codeOf, put, readAll, removeFolder, texts } from './test-files.ts'

afterAll(removeFolder)
const TABLE = '单位,用电量（kWh）,备注\r\n市档案馆,"1,234.5","他说""好"""\r\n\r\n市图书馆,88,\r\n'
const EXPECTED = [['单位', '用电量（kWh）', '备注'], ['市档案馆', '1,234.5', '他说"好"'], ['市图书馆', '88']]

describe('encodings', () => {
  it.each([
    ['utf-8', Buffer.from(TABLE)],
    ['utf-8', Buffer.from(`\ufeff${TABLE}`)],
    ['gb18030', iconv.encode(TABLE, 'gbk')],
    ['gb18030', iconv.encode(TABLE.replace('馆', '㐂'), 'gb18030')],
    ['utf-16le', iconv.encode(TABLE, 'utf-16le', { addBOM: true })],
    ['utf-16be', iconv.encode(TABLE, 'utf-16be', { addBOM: true })],
    ['utf-16le', iconv.encode(TABLE, 'utf-16le')],
  ])('%s', async (encoding, bytes) => {
    const read = await readAll(put('a.csv', bytes))
    expect(read).toMatchObject({ format: 'csv', encoding, delimiter: ',' })
    expect(read.all.map(texts).slice(0, 1)).toEqual(EXPECTED.slice(0, 1))
    expect(read.all.map((r) => r.line)).toEqual([1, 2, 4])
    if (encoding !== 'gb18030') expect(read.all.map(texts)).toEqual(EXPECTED)
  })
  it('the encoding said wins, and must fit', async () => {
    const path = put('b.csv', iconv.encode(TABLE, 'gbk'))
    expect((await readAll(path, { encoding: 'gbk' })).all.length).toBe(3)
    expect(await codeOf(path, { encoding: 'utf-8' })).toBe('unknown_encoding')
    expect(await codeOf(path, { encoding: '胡乱' })).toBe('unknown_encoding')
  })
})

describe('shape', () => {
  it.each([['a;b\n1,5;2\n2,5;3', ';'], ['a\tb\n1\t2', '\t'], ['a,b\n"x;y;z",2', ','], ['sep=;\na;b,c,d', ';'], ['单列\n1', ',']])('delimiter of %j', (text, delimiter) => {
    expect(detectDelimiter(text)).toBe(delimiter)
  })
  it('keeps line breaks in quotes, tolerates stray quotes, undoes guards', async () => {
    const { all } = await readAll(put('c.csv', `a,b,c\n"两\n行",5" 管,="007"\n'=1+1,'-5,-5\n`))
    expect(all.map((r) => [r.line, ...texts(r)])).toEqual([[1, 'a', 'b', 'c'], [2, '两\n行', '5" 管', '007'], [3, '=1+1', '-5', '-5']])
  })
  it('names the line of an open quote, and refuses endless records', async () => {
    expect(await codeOf(put('d.csv', 'a,b\n"never closed,2\n3,4\n'))).toBe('damaged_csv')
    expect(await codeOf(put('e.csv', `a,b\n"${'x'.repeat(1_200_000)}`))).toBe('text_too_long')
    expect(await codeOf(put('f.csv', ' \n\n'))).toBe('empty_file')
  })
  it('reads 100 000 rows', async () => {
    const path = put('many.csv', Array.from({ length: 100_000 }, (_, i) => `机构${i},${i},${i * 3}`).join('\n'))
    expect((await readAll(path)).all.length).toBe(100_000)
  }, 20_000)
})
