import fs from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { put, removeFolder } from '../documents/intake/test-files.ts'
import { contentKind } from './content-kind.ts'
import { plainName } from './kinds.rules.ts'
import { heic, jpg, ole, pdf, png, webp, xlsx, zipped } from './test-files.ts'

afterAll(removeFolder)
const docx = zipped(['[Content_Types].xml', 'word/document.xml'])
const kindOf = async (name: string, bytes: Uint8Array | string): Promise<string> => {
  const path = put('file', bytes)
  try {
    return await contentKind(path, name)
  } catch (error) {
    const { code, message } = (error as { body?: { code: string; message: string } }).body ?? { code: String(error), message: '' }
    expect(message).toMatch(/[\u4e00-\u9fff].*。$/)
    return code
  } finally {
    fs.rmSync(path)
  }
}
const both = (...parts: (Buffer | string)[]): Buffer => Buffer.concat(parts.map((p) => Buffer.from(p as string)))

describe('what may be attached', () => {
  test.each<[string, Uint8Array | string, string]>([
    ['凭证.pdf', pdf(), 'pdf'], ['电子发票.OFD', zipped(['OFD.xml', 'Doc_0/Document.xml']), 'ofd'], ['说明.docx', docx, 'docx'], ['台账.xlsx', xlsx(), 'xlsx'], ['a.pptx', zipped(['ppt/presentation.xml']), 'pptx'],
    ['a.doc', ole('WordDocument'), 'doc'], ['a.wps', ole('WordDocument'), 'doc'], ['a.et', ole('Workbook'), 'xls'], ['a.xls', ole('Book'), 'xls'], ['a.dps', ole('PowerPoint Document'), 'ppt'],
    ['a.png', png(), 'png'], ['IMG_0001.JPG', jpg, 'jpg'], ['a.webp', webp(), 'webp'], ['a.heic', heic(), 'heic'],
    ['a.txt', '三月抄表：电 1200', 'text'], ['a.csv', Buffer.from('b5e5c1bf2c310a', 'hex'), 'text'],
    // Cameras and scanners put notes and a second picture behind the first.
    ['motion.jpg', both(jpg, 'MotionPhoto_Data', jpg), 'jpg'], ['scan.pdf', both(pdf(), '\r\n\0\0'), 'pdf'],
  ])('%s', async (name, bytes, kind) => expect(await kindOf(name, bytes)).toBe(kind))
})

describe('what is refused', () => {
  test.each<[string, string, Uint8Array | string, string]>([
    ['nothing', 'a.pdf', '', 'empty_file'], ['no end of name', 'readme', 'x', 'unsupported_type'], ['an archive', 'a.zip', zipped(['a.txt']), 'unsupported_type'],
    ['a drawing that can run', 'a.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'unsupported_type'], ['a page', 'a.html', '<html>', 'unsupported_type'],
    ['a program with a second name', 'a.pdf.exe', 'MZ', 'unsupported_type'], ['macros by name', 'a.docm', docx, 'unsupported_type'],
    ['a page named as text', 'a.txt', '<!doctype html><script>fetch("/x")</script>', 'wrong_type'], ['a script inside text', 'a.csv', 'a,b\n<script>alert(1)</script>', 'wrong_type'],
    ['a program named as text', 'a.txt', both('MZ', Buffer.alloc(64), 'This program cannot be run'), 'wrong_type'], ['zeros named as text', 'a.txt', both('abc', Buffer.from([0, 0, 1])), 'wrong_type'],
    ['a picture named pdf', 'a.pdf', png(), 'wrong_type'], ['a pdf named picture', 'a.png', pdf(), 'wrong_type'], ['a page named picture', 'a.jpg', '<html></html>', 'wrong_type'],
    ['a drawing named picture', 'a.png', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'wrong_type'], ['a workbook named document', 'a.docx', xlsx(), 'wrong_type'], ['text named workbook', 'a.xlsx', 'a,b', 'wrong_type'],
    ['an old document named new', 'a.docx', ole('WordDocument'), 'wrong_type'], ['an old workbook named document', 'a.doc', ole('Workbook'), 'wrong_type'],
    ['a password', 'a.xlsx', ole('EncryptedPackage'), 'password_protected'], ['macros', 'a.docx', zipped(['word/document.xml', 'word/vbaProject.bin']), 'macros_not_allowed'], ['old macros', 'a.xls', ole('Workbook', '_VBA_PROJECT'), 'macros_not_allowed'],
    ['a way out', 'a.docx', zipped(['word/document.xml', '../../etc/passwd']), 'damaged_file'],
    ['a picture and an archive', 'a.png', both(png(), zipped(['a.txt'])), 'polyglot'], ['a picture and more', 'a.png', both(png(), 'x'), 'polyglot'], ['a photo and an archive', 'a.jpg', both(jpg, zipped(['a.txt'])), 'polyglot'],
    ['a photo and another archive', 'a.jpg', both(jpg, 'Rar!\x1a\x07\x01\x00'), 'polyglot'], ['a photo and a script', 'a.jpg', both(jpg.subarray(0, 60), '<script>alert(1)</script>', jpg.subarray(60)), 'polyglot'],
    ['a pdf and an archive', 'a.pdf', both(pdf(), zipped(['a.txt'])), 'polyglot'], ['a pdf and a page', 'a.pdf', both(pdf(), '<html>'), 'polyglot'], ['a picture and a pdf', 'a.jpg', both(jpg.subarray(0, 40), '%PDF-1.4', jpg.subarray(40)), 'polyglot'],
    ['more behind a webp', 'a.webp', both(webp(), 'GIFAR archive'), 'polyglot'], ['more behind a heic', 'a.heic', both(heic(), 'abc'), 'polyglot'], ['a document that is a pdf too', 'a.docx', both(zipped(['%PDF-1.4', 'word/document.xml'])), 'polyglot'],
    ['half a picture', 'a.png', png().subarray(0, 60), 'damaged_file'], ['half a pdf', 'a.pdf', pdf().subarray(0, 60), 'damaged_file'], ['half a document', 'a.docx', docx.subarray(0, 90), 'damaged_file'], ['half a webp', 'a.webp', webp().subarray(0, 30), 'damaged_file'],
  ])('%s', async (_what, name, bytes, code) => expect(await kindOf(name, bytes)).toBe(code))
})

test('names are kept as given, without folders, signs that nobody sees, and turned writing', () => {
  expect(plainName('2026 年 3 月电费发票（正本）.pdf')).toBe('2026 年 3 月电费发票（正本）.pdf')
  expect(plainName('C:\\扫描\\a.pdf')).toBe('a.pdf')
  expect(plainName('../../etc/a.pdf')).toBe('a.pdf')
  expect(plainName('发票\u202efdp.exe')).toBe('发票fdp.exe')
  expect(plainName('a.pdf\r\nX: y')).toBe('a.pdfX: y')
  expect(plainName('a.pdf. ')).toBe('a.pdf')
  expect(plainName(`${'长'.repeat(300)}.pdf`)).toHaveLength(200)
  expect(plainName(`${'长'.repeat(300)}.pdf`)).toMatch(/\.pdf$/)
})
