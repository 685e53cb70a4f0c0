/** 单位建筑面积能耗 with or without the fuel of official cars: as the setting has it, unless the address says otherwise. */
export const VEHICLES_SETTING = 'energy.indicator.area-without-vehicle-fuel'
/** Of the setting's value: whether that fuel counts where nobody chose. */
export const usuallyWith = (value: string | undefined): boolean => value === 'no'
export const vehiclesCount = (asked: string | undefined, usually = false): boolean => (asked ? asked === '1' : usually)
/** What the address says of it: nothing where it is as usual. Whoever does not know what is usual says it outright. */
export const vehiclesAsked = (usually: boolean | undefined, wanted: boolean): string | undefined => (wanted === usually ? undefined : wanted ? '1' : '0')
