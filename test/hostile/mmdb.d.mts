export function sharedChildren(depth?: number): Buffer
export function nestedPointers(width?: number, depth?: number): Buffer
