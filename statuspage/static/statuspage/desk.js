'use strict'
// Keeps the desk true while it is open: fetches its moving part whenever the public stream says
// that something changed, and every 15 s for what the public is not told. Without it the desk is
// complete, as of when it was loaded.
;(() => {
  const EVERY = 15e3
  const desk = document.getElementById('desk')
  const live = document.getElementById('desk-live')
  let shown = desk.innerHTML, loading = false, again = false, timer = 0

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, 'text/html').body
    if (fresh.innerHTML === shown) return
    shown = fresh.innerHTML
    const needs = () => desk.querySelectorAll('#needs li:not(.none)').length
    const before = needs()
    const focused = desk.contains(document.activeElement) && document.activeElement.getAttribute('href')
    desk.replaceChildren(...fresh.childNodes)
    if (focused) [...desk.querySelectorAll('a')].find(a => a.getAttribute('href') === focused)?.focus()
    if (needs() > before) live.textContent = say('Something new needs attention.')
  }

  async function load() {
    clearTimeout(timer)
    if (loading) { again = true; return }
    loading = true
    try {
      const answer = await fetch(desk.dataset.url, { headers: { Accept: 'text/html' }, redirect: 'error', signal: AbortSignal.timeout(8e3) })
      desk.classList.toggle('late', !answer.ok)
      if (answer.ok) show(await answer.text())
    } catch (error) {
      desk.classList.add('late')
    } finally {
      loading = false
      timer = setTimeout(load, again ? 500 : EVERY)
      again = false
    }
  }

  const stream = new EventSource('/status/events')
  const soon = () => { clearTimeout(timer); timer = setTimeout(load, 200) }
  for (const name of ['snapshot', 'component_changed', 'global_changed', 'incident_created', 'incident_updated', 'incident_resolved', 'incident_withdrawn', 'maintenance_scheduled', 'maintenance_started', 'maintenance_updated', 'maintenance_ended', 'maintenance_cancelled']) stream.addEventListener('status.' + name, soon)
  document.addEventListener('visibilitychange', () => { if (!document.hidden) load() })
  timer = setTimeout(load, EVERY)
})()
