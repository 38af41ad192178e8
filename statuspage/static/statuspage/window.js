// A window's page for operators: asks before what cannot be taken back, and shows what a rule means.
(() => {
  'use strict'
  document.addEventListener('click', event => {
    const button = event.target.closest('[data-confirm]')
    if (button && !confirm(button.dataset.confirm)) event.preventDefault()
  })
  const list = document.getElementById('preview')
  if (!list) return
  const empty = list.textContent.trim()
  const value = id => (document.getElementById(id) || {}).value || ''
  const show = lines => list.replaceChildren(...lines.map(line => {
    const item = document.createElement('li')
    item.textContent = line
    return item
  }))
  let timer = 0
  async function look() {
    const rule = value('id_recurrence')
    if (!rule && !value('id_repeats')) return show([empty])
    const chosen = [...new FormData(document.getElementById('window_form'))].filter(([name]) => name.startsWith('repeat'))
    const asked = new URLSearchParams([...chosen, ...Object.entries({ rule, timezone: value('id_timezone'), starts_at: value('id_starts_at_0') + 'T' + value('id_starts_at_1') })])
    const answer = await fetch(list.dataset.url + '?' + asked)
    if (!answer.ok) return
    const told = await answer.json()
    show(told.trouble ? [told.trouble] : told.lines)
  }
  for (const kind of ['input', 'change']) document.addEventListener(kind, () => { clearTimeout(timer); timer = setTimeout(look, 250) })
  look()
})()
// The form of a window, before it is saved: how many can be told.
(() => {
  'use strict'
  const form = document.getElementById('window_form'), forecast = document.getElementById('forecast')
  if (!form || !forecast) return
  let timer = 0, number = 0
  const look = () => {
    clearTimeout(timer)
    timer = setTimeout(async () => {
      const mine = ++number, query = new URLSearchParams()
      for (const pk of new FormData(form).getAll('components')) query.append('component', pk)
      const answer = await fetch(`${forecast.dataset.url}?${query}`, { redirect: 'error', signal: AbortSignal.timeout(8e3) }).catch(() => null)
      // Written by the server's own writers, and cleaned there.
      if (answer && answer.ok && mine === number) forecast.innerHTML = await answer.text()
    }, 250)
  }
  // select2 tells of its changes through jQuery only.
  django.jQuery(form).on('change', '[name=components]', look)
  look()
})()
