// What a reader may choose: light or dark, the page's time zone or their own. Kept in the browser, sent nowhere.
// The file is embedded: a comment must stand on its own line.
(() => {
  'use strict'
  const doc = document, root = doc.documentElement
  const kept = name => { try { return localStorage.getItem(name) } catch (error) { return null } }
  const keep = (name, value) => { try { localStorage.setItem(name, value) } catch (error) { } }
  const dark = () => (root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
  const theme = kept('theme')
  if (theme === 'dark' || theme === 'light') root.dataset.theme = theme

  let local = kept('times') === 'local'
  const said = doc.getElementById('zone'), ours = said.textContent
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  // Turns every time below `node` into the reader's own, or back into what the server wrote.
  function times(node) {
    for (const time of node.querySelectorAll('time[datetime]')) {
      if (time.id === 'checked') continue
      if (local) {
        if (!time.dataset.utc) time.dataset.utc = time.textContent
        const at = new Date(time.dateTime)
        const today = at.toDateString() === new Date().toDateString()
        time.textContent = at.toLocaleString([], today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' })
      } else if (time.dataset.utc) {
        time.textContent = time.dataset.utc
        delete time.dataset.utc
      }
    }
    said.textContent = local ? 'Times are ' + zone + '; days are UTC.' : ours
  }

  const place = doc.getElementById('choices')
  function button(words, act) {
    const made = doc.createElement('button')
    made.type = 'button'
    const name = () => { made.textContent = words() }
    made.onclick = () => { act(); name() }
    name()
    place.append(made)
  }
  button(() => dark() ? 'Light' : 'Dark', () => { root.dataset.theme = dark() ? 'light' : 'dark'; keep('theme', root.dataset.theme) })
  button(() => local ? said.dataset.zone || 'UTC' : 'My time zone', () => { local = !local; keep('times', local ? 'local' : 'utc'); times(doc) })
  times(doc)
  // The page that renews itself calls this for what it took over.
  window.ownTimes = times
})()
