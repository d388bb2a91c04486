/** Colours of a chart in the theme as it is now. */
export type Colours = { series: string[]; text: string; grid: string; missing: string; line: string }

const seriesNames = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6']

/** A canvas knows no custom properties: the browser is asked what they come to. */
export function coloursNow(): Colours {
  const probe = document.createElement('span')
  document.body.append(probe)
  const colourOf = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const colours = {
    series: seriesNames.map(colourOf),
    text: colourOf('--ink-quiet'),
    grid: colourOf('--line'),
    missing: colourOf('--hatch'),
    line: colourOf('--danger'),
  }
  probe.remove()
  return colours
}

/** Dashes by which series are told apart without colour. */
export const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4]]
