/** Whether a place is the root of the tree: whoever stands there sees every organisation. `sees_all` is the same in the database. */
export const isRoot = (orgPath: string): boolean => /^\d+\.$/.test(orgPath)
