/** The telephone of a test: codes of a seed, now or steps away. */
import { Secret, TOTP } from 'otpauth'

export const codeOf = (secret: string, steps = 0): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30, timestamp: Date.now() + steps * 30_000 })

/** A code of this moment must not be one of the next before it is sent. */
export async function awayFromEdge(): Promise<void> {
  const left = 30_000 - (Date.now() % 30_000)
  if (left < 4000) await new Promise((resolve) => setTimeout(resolve, left + 50))
}
