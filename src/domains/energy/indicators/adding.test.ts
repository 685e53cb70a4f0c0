import { expect, test } from 'vitest'
import fc from 'fast-check'
import { Decimal } from 'decimal.js'
import { addUp } from './adding.rules.ts'

test.each([
  [[], null], [[null, undefined], null], [['1', null], '1'], [['1.5', '2.25'], '3.75'], [['-0.10', '0.1'], '0.00'], [['-1.5', '0.25'], '-1.25'], [['99999999999999999999.9999', '0.0001'], '100000000000000000000.0000'],
])('%j is %s', (texts, sum) => expect(addUp(texts as (string | null)[])).toBe(sum))

test('agrees with decimal arithmetic', () => {
  const Exact = Decimal.clone({ precision: 80 })
  const text = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 8 })).map(([n, places]) => new Exact(n.toString()).div(new Exact(10).pow(places)).toFixed(places))
  fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => new Exact(addUp(texts)!).eq(texts.reduce((t, x) => t.plus(x), new Exact(0)))))
})
