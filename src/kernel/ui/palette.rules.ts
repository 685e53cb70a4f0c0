/** Colours of charts: told apart in print and by colour-blind eyes; the first is the accent. */
export const SERIES_LIGHT = ['#23569f', '#d17a22', '#2b8a73', '#a8425c', '#7466b3', '#6f8423', '#3f93bb', '#8a6b4c'] as const
export const SERIES_DARK = ['#6ea3ec', '#e39a4d', '#53b79b', '#d9758e', '#a193dc', '#a2b74f', '#6bbbe0', '#bb9a78'] as const
/** Pale to strong, for maps and heat maps: one direction of one quantity. */
export const SCALE_LIGHT = ['#e6eef9', '#b7cdeb', '#7fa5d8', '#4a7cbd', '#23569f', '#143a72'] as const
export const SCALE_DARK = ['#1b2836', '#23405f', '#2e5d92', '#3f7dc2', '#6ea3ec', '#b3d0fa'] as const
/** Good, attention, alarm; never the only sign: a word or shape stands beside it. */
export const SIGNALS = { good: '#2a7d3b', attention: '#a65f00', alarm: '#c0281c' } as const
