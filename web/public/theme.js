// Before the first paint: the theme and the language that were chosen, so that nothing flashes.
;(() => {
  let chosen = null
  try {
    chosen = JSON.parse(localStorage.getItem('jonquil.look') ?? 'null')
  } catch {
    // Storage may be forbidden; then the system's theme is used.
  }
  const light = matchMedia('(prefers-color-scheme: light)').matches
  const theme = chosen?.theme === 'light' || chosen?.theme === 'dark' ? chosen.theme : light ? 'light' : 'dark'
  document.documentElement.dataset.theme = theme
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', theme === 'light' ? '#f9f8f5' : '#0f0e0b')
})()
