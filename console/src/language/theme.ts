export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const storageKey = 'fluxport.theme'

export const initialTheme = (): Theme => themes.find((theme) => theme === localStorage.getItem(storageKey)) ?? 'system'

/** Shows the page in a theme, and keeps the choice. `system` follows the person's system. */
export function showTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme)
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
