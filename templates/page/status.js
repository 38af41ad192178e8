// Keeps a page true while it is open: counts the age of its figures, and takes over the newest
// rendering of the same page whenever the stream says that something changed. Without it the page
// is complete and reloads itself. What pages embed is made of this file by `make assets`.
(() => {
  'use strict'
  const doc = document
  const byId = id => doc.getElementById(id)
  const main = byId('now')
  const shown = {}
  const note = (version, built) => { shown.version = +version; shown.built = Date.parse(built) }
  note(main.dataset.version, main.dataset.built)
  // Milliseconds; the spread keeps readers whom one event brought together from staying in step.
  // Pages beside the main one have no figures that are worth asking for so often.
  const FIGURES = main.dataset.due ? 30e3 + Math.random() * 5e3 : 3e5, AGAIN = 5e3, OLD = 60e3, GRACE = 4e3
  // How far this machine's clock is ahead of the server's; known from the first answer on.
  let skew = 0
  let wanted = 0, timer = 0, tries = 0, triedAt = Date.now(), loading = false, asked = false, lostAt = 0

  const now = () => Date.now() - skew
  const ago = ms => {
    const s = Math.max(0, Math.round(ms / 1e3))
    return (s < 60 ? s + ' s' : s < 3600 ? Math.floor(s / 60) + ' min' : Math.floor(s / 3600) + ' h') + ' ago'
  }
  const place = node => node.getBoundingClientRect()
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
    const changed = a.dataset.status !== b.dataset.status
    // Without its place in the order of Tab, what has the focus would lose it.
    for (const name of a.getAttributeNames()) if (!b.hasAttribute(name) && name !== 'open' && name !== 'tabindex') a.removeAttribute(name)
    for (const name of b.getAttributeNames()) {
      // A fold is the reader's own, unless what it holds went wrong just now.
      if ((name !== 'open' || changed) && a.getAttribute(name) !== b.getAttribute(name)) a.setAttribute(name, b.getAttribute(name))
    }
    const known = new Map([...a.children].filter(n => n.id).map(n => [n.id, n]))
    const kept = new Set([...b.children].map(n => n.id))
    let at = a.firstChild
    const drop = () => { const gone = at; at = at.nextSibling; if (gone !== tip) gone.remove() }
    for (const next of [...b.childNodes]) {
      // What was here and is gone: drop it, so that its neighbours are not taken for it.
      while (at && at.id && !kept.has(at.id)) drop()
      const same = next.id ? known.get(next.id) : at && !at.id && at.nodeName === next.nodeName ? at : null
      if (!same || same.nodeName !== next.nodeName) { a.insertBefore(next, at); continue }
      if (same === at) at = at.nextSibling
      else a.insertBefore(same, at)
      morph(same, next)
    }
    while (at) drop()
  }

  const sentence = page => page.title.split(' · ')[0] + '. ' + page.querySelector('[name=description]').content

  function show(page) {
    const fresh = page.getElementById('now')
    const version = +fresh.dataset.version
    if (version < wanted && tries++ < 12) { setTimeout(load, 250); return }
    tries = 0
    wanted = Math.min(wanted, version)
    if (Date.parse(fresh.dataset.built) < shown.built) return
    // Keep what the reader looks at where it is, whatever appears above it.
    const anchor = [...main.querySelectorAll('[id]')].find(n => place(n).top >= 0 && place(n).height)
    const top = anchor && place(anchor).top
    const was = sentence(doc), told = sentence(page)
    // Its sheet grows when there is something new to tell of.
    const sheet = page.getElementById('more')
    if (sheet && !byId('more')) doc.head.prepend(sheet)
    morph(main, fresh)
    ownTimes(main)
    for (const id of ['defs', 'as-of']) morph(byId(id), page.getElementById(id))
    for (const name of ['link[rel=icon]', '[name=description]']) morph(doc.querySelector(name), page.querySelector(name))
    doc.title = page.title
    note(version, fresh.dataset.built)
    if (told !== was) say(byId('say'), told)
    if (anchor && anchor.isConnected && scrollY > 0) scrollBy(0, place(anchor).top - top)
    reach()
    tick()
  }

  async function load() {
    clearTimeout(timer)
    timer = 0
    if (loading) return
    loading = true
    triedAt = Date.now()
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-cache', signal: AbortSignal.timeout(8e3) })
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
    const stream = new EventSource(doc.querySelector('.brand').pathname + '/events')
    const heard = event => {
      wanted = Math.max(wanted, +event.lastEventId || 0)
      if (wanted > shown.version) soon()
    }
    for (const name of 'snapshot component_changed global_changed incident_created incident_updated incident_resolved incident_withdrawn maintenance_scheduled maintenance_started maintenance_updated maintenance_ended maintenance_cancelled'.split(' ')) stream.addEventListener('status.' + name, heard)
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

  // One day of a strip in words: the one under the pointer or the finger, or the one that the arrow
  // keys lead to. It stands behind the strip, so that its links are the next that Tab comes to.
  const tip = doc.createElement('div')
  tip.id = 'tip'
  let held, day
  // Where one reads from the right, time runs to the left.
  const mirrored = doc.dir === 'rtl'
  const fromLeft = share => mirrored ? 1 - share : share
  const stripOf = event => event.target.closest && event.target.closest('.bars')
  function tell(bars, at) {
    held = bars
    day = Math.min(89, Math.max(0, at))
    const row = bars.parentNode
    const line = [...row.querySelectorAll('[data-day]')].find(n => {
      const [first, last = first] = n.dataset.day.split('-')
      return day >= first && day <= last
    })
    if (line) tip.replaceChildren(...[...line.cloneNode(true).children].flatMap(cell => [...cell.childNodes, ' ']))
    else {
      let word
      for (const path of bars.children) {
        if (path.isPointInStroke({ x: day * 8 + 3, y: 16 })) word = { o: 'no problems', u: 'no data' }[path.getAttribute('class')]
      }
      const on = new Date(Date.parse(main.dataset.first) + day * 864e5).toUTCString()
      tip.textContent = +on.slice(5, 7) + on.slice(7, 12) + (word || 'problems')
    }
    bars.after(tip)
    const box = place(bars), edge = place(row)
    const x = box.left - edge.left + box.width * fromLeft((day * 8 + 3) / 718)
    const left = Math.min(edge.width - tip.offsetWidth - 8, Math.max(8, x - tip.offsetWidth / 2))
    tip.style.top = box.bottom - edge.top + 'px'
    tip.style.left = left + 'px'
    tip.style.setProperty('--x', x - left + 'px')
    bars.setAttribute('aria-valuenow', day)
    bars.setAttribute('aria-valuetext', tip.textContent.trim())
  }
  function hide() {
    held = null
    tip.remove()
  }
  // Makes every strip one stop of the Tab key. Without scripts there would be nothing to do there.
  function reach() {
    for (const bars of main.querySelectorAll('.bars')) for (const [name, value] of [['tabindex', 0], ['role', 'slider'], ['aria-valuemax', 89], ['aria-valuenow', 89]]) bars.setAttribute(name, value)
    if (held) held.isConnected ? tell(held, day) : hide()
  }
  function look(event) {
    const bars = stripOf(event)
    // Focus comes without a place: it stays on the day that is shown.
    if (bars) {
      const box = place(bars)
      tell(bars, event.clientX >= 0 ? Math.floor(fromLeft((event.clientX - box.left) / box.width) * 718 / 8) : bars === held ? day : 89)
    }
    else if (held && !tip.contains(event.target) && !tip.contains(doc.activeElement)) hide()
  }
  for (const name of ['pointermove', 'pointerdown', 'focusin']) doc.addEventListener(name, look)
  doc.addEventListener('keydown', event => {
    const bars = stripOf(event)
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -90, End: 90 }[event.key]
    if (held && event.key === 'Escape') hide()
    else if (bars && step) {
      event.preventDefault()
      tell(bars, (held ? day : 89) + (mirrored && /Left|Right/.test(event.key) ? -step : step))
    }
  })
  reach()
  tick()
})()
