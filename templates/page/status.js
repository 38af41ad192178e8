// Keeps the page true while it is open: counts the age of its figures, and takes over the newest
// rendering of the same page whenever the stream says that something changed. Without it the page
// is complete and reloads itself. The file is embedded: a comment must stand on its own line.
(() => {
  'use strict'
  const doc = document
  const byId = id => doc.getElementById(id)
  const main = byId('now')
  const shown = { version: +main.dataset.version, built: Date.parse(main.dataset.built) }
  // Milliseconds; the spread keeps readers whom one event brought together from staying in step.
  const FIGURES = 30e3 + Math.random() * 5e3, AGAIN = 5e3, OLD = 60e3, GRACE = 4e3
  // How far this machine's clock is ahead of the server's; known from the first answer on.
  let skew = 0
  let wanted = 0, timer = 0, tries = 0, triedAt = Date.now(), loading = false, asked = false, lostAt = 0

  const now = () => Date.now() - skew
  const ago = ms => {
    const s = Math.max(0, Math.round(ms / 1e3))
    return s < 60 ? s + ' s ago' : s < 3600 ? Math.floor(s / 60) + ' min ago' : Math.floor(s / 3600) + ' h ago'
  }
  const say = (node, text) => { if (node && node.textContent !== text) node.textContent = text }

  function tick() {
    const checked = byId('checked')
    const age = now() - shown.built
    const evidence = checked ? now() - Date.parse(checked.dateTime) : 0
    const late = evidence > main.dataset.due * 1e3
    // A wrong clock here looks like an old page: ask once before warning.
    if ((age > OLD || age < -5e3) && !asked) { asked = true; load() }
    if (checked) say(checked, ago(evidence))
    main.classList.toggle('late', age > OLD || late)
    say(byId('live'), age > OLD && asked && !loading ? 'Out of date: this page was last renewed ' + ago(age) + '.'
      : lostAt && Date.now() - lostAt > GRACE ? 'Live updates paused. Trying again.'
      : late ? 'Checks are late.' : '')
  }

  // Makes `a` equal to `b` with as few changes as possible, so that focus, selection, scroll and
  // what is unfolded stay. Both come from our own server; nothing is ever parsed from strings here.
  function morph(a, b) {
    if (a.nodeType !== 1) { if (a.data !== b.data) a.data = b.data; return }
    if (a.isEqualNode(b)) return
    const changed = a.getAttribute('data-status') !== b.getAttribute('data-status')
    for (const name of a.getAttributeNames()) if (!b.hasAttribute(name) && name !== 'open') a.removeAttribute(name)
    for (const name of b.getAttributeNames()) {
      // A fold is the reader's own, unless what it holds went wrong just now.
      if ((name !== 'open' || changed) && a.getAttribute(name) !== b.getAttribute(name)) a.setAttribute(name, b.getAttribute(name))
    }
    const known = new Map([...a.children].filter(n => n.id).map(n => [n.id, n]))
    const kept = new Set([...b.children].map(n => n.id))
    let at = a.firstChild
    for (const next of [...b.childNodes]) {
      // What was here and is gone: drop it, so that its neighbours are not taken for it.
      while (at && at.id && !kept.has(at.id)) { const gone = at; at = at.nextSibling; gone.remove() }
      const same = next.id ? known.get(next.id) : at && !at.id && at.nodeName === next.nodeName ? at : null
      if (!same || same.nodeName !== next.nodeName) { a.insertBefore(next, at); continue }
      if (same === at) at = at.nextSibling
      else a.insertBefore(same, at)
      morph(same, next)
    }
    while (at) { const gone = at; at = at.nextSibling; gone.remove() }
  }

  const sentence = page => page.querySelector('#answer h1').textContent + '. ' + page.querySelector('.answer').textContent

  function show(page) {
    const fresh = page.getElementById('now')
    const version = +fresh.dataset.version, built = Date.parse(fresh.dataset.built)
    if (version < wanted && tries++ < 12) { setTimeout(load, 250); return }
    tries = 0
    wanted = Math.min(wanted, version)
    if (built < shown.built) return
    // Keep what the reader looks at where it is, whatever appears above it.
    const place = node => node.getBoundingClientRect()
    const anchor = [...main.querySelectorAll('[id]')].find(n => place(n).top >= 0 && place(n).height)
    const top = anchor && place(anchor).top
    const was = sentence(doc), told = sentence(page)
    morph(main, fresh)
    ownTimes(main)
    for (const id of ['defs', 'as-of']) morph(byId(id), page.getElementById(id))
    const icon = doc.querySelector('link[rel=icon]'), newer = page.querySelector('link[rel=icon]')
    if (icon.getAttribute('href') !== newer.getAttribute('href')) icon.setAttribute('href', newer.getAttribute('href'))
    doc.title = page.title
    Object.assign(shown, { version, built })
    if (told !== was) say(byId('say'), told)
    if (anchor && anchor.isConnected && scrollY > 0) scrollBy(0, place(anchor).top - top)
    tick()
  }

  async function load() {
    clearTimeout(timer)
    timer = 0
    if (loading) return
    loading = true
    triedAt = Date.now()
    try {
      const answer = await fetch('/status?format=html', { cache: 'no-cache', credentials: 'omit', signal: AbortSignal.timeout(8e3) })
      if (!answer.ok) return
      const date = Date.parse(answer.headers.get('date'))
      if (date) skew = Math.abs(Date.now() - date) > 2e3 ? Date.now() - date : 0
      const text = await answer.text()
      loading = false
      show(new DOMParser().parseFromString(text, 'text/html'))
    } catch (error) {
      // The next turn asks again; until then the age of what is shown speaks for itself.
    } finally { loading = false }
  }

  function soon() {
    if (!timer) timer = setTimeout(load, Math.random() * 250)
  }

  let patience = AGAIN
  function listen() {
    const stream = new EventSource('/status/events')
    const heard = event => {
      wanted = Math.max(wanted, +event.lastEventId || 0)
      if (wanted > shown.version) soon()
    }
    for (const name of ['snapshot', 'component_changed', 'global_changed', 'incident_created', 'incident_updated', 'incident_resolved', 'maintenance_scheduled', 'maintenance_started', 'maintenance_updated', 'maintenance_ended', 'maintenance_cancelled']) stream.addEventListener('status.' + name, heard)
    stream.onopen = () => { if (lostAt) soon(); lostAt = 0; patience = AGAIN; tick() }
    stream.onerror = () => {
      lostAt = lostAt || Date.now()
      // A refusal ends the stream for good: start a new one, ever more patiently.
      if (stream.readyState === 2) {
        setTimeout(listen, patience * (1 + Math.random()))
        patience = Math.min(patience * 2, 120e3)
      }
    }
  }
  listen()

  // Figures move without an event; a page nobody looks at waits until somebody does.
  const turn = () => {
    if (!doc.hidden && Date.now() - triedAt > (wanted > shown.version ? AGAIN : FIGURES)) load()
    tick()
  }
  setInterval(turn, 1e3)
  doc.addEventListener('visibilitychange', turn)
  addEventListener('pageshow', turn)
  tick()

  // The day under the pointer, in words. Keyboards and screen readers have the list behind the
  // uptime figure, which says the same.
  const tip = doc.body.appendChild(doc.createElement('div'))
  tip.id = 'tip'
  tip.hidden = true
  tip.setAttribute('aria-hidden', 'true')
  const WORDS = { o: 'no disturbance', d: 'reduced performance', p: 'partial outage', x: 'major outage', m: 'maintenance', u: 'no data' }
  function word(bars, day) {
    for (const path of bars.children) {
      let x = 0
      for (const [, move, length] of path.getAttribute('d').matchAll(/m(\d+) \d+h(\d+)/g)) {
        x += +move
        if (day * 8 >= x && day * 8 < x + +length) return WORDS[path.getAttribute('class')]
        x += +length
      }
    }
  }
  function point(event) {
    const bars = event.target.closest && event.target.closest('.bars')
    tip.hidden = !bars
    if (!bars) return
    const box = bars.getBoundingClientRect()
    const day = Math.min(89, Math.max(0, Math.floor((event.clientX - box.left) / box.width * 718 / 8)))
    const line = [...bars.closest('.c').querySelectorAll('[data-day]')].find(n => {
      const [first, last = first] = n.dataset.day.split('-')
      return day >= first && day <= last
    })
    const date = new Date(Date.parse(main.dataset.first) + day * 864e5)
    say(tip, line ? line.textContent : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }) + ' ' + word(bars, day))
    const left = Math.min(innerWidth - tip.offsetWidth - 8, Math.max(8, event.clientX - tip.offsetWidth / 2))
    tip.style.left = left + scrollX + 'px'
    tip.style.top = box.top + scrollY - tip.offsetHeight - 6 + 'px'
  }
  doc.addEventListener('pointermove', point)
  doc.addEventListener('pointerdown', point)
})()
