/** How large a sample is. The last month is fixed, so that the same scale is the same city on every day. */
export type ScaleName = 'small' | 'city' | 'register'

export interface Scale {
  name: ScaleName
  institutions: number
  /** Departments and units of the municipality itself among all organisations. */
  municipalDepartments: number
  municipalInstitutions: number
  /** Months of ledgers, ending with LAST_MONTH; none for a mere register. */
  months: number
  /** One line of history per record, as if people had entered it. */
  history: boolean
  /** Findings and reviews of every form; otherwise only of those still under review. */
  everyForm: boolean
}

/** The month after the last complete one, when the sample was drawn up. */
export const REFERENCE_MONTH = '2026-10'
export const LAST_MONTH = '2026-09'

export function scaleOf(name: ScaleName, institutions?: number): Scale {
  switch (name) {
    case 'small': return { name, institutions: 600, municipalDepartments: 12, municipalInstitutions: 22, months: 36, history: true, everyForm: true }
    // 386 municipal departments and units, 16,800 institutions: 渝机管发〔2021〕104号.
    case 'city': return { name, institutions: 16_800, municipalDepartments: 62, municipalInstitutions: 324, months: 60, history: false, everyForm: false }
    case 'register': return { name, institutions: institutions ?? 1_000_000, municipalDepartments: 62, municipalInstitutions: 324, months: 0, history: false, everyForm: false }
  }
}
