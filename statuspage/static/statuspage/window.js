// A window's page for operators: asks before what cannot be taken back, and shows what a rule means.
(() => {
  'use strict'
  document.addEventListener('click', event => {
    const button = event.target.closest('[data-confirm]')
    if (button && !confirm(button.dataset.confirm)) event.preventDefault()
  })
  const list = document.getElementById('preview')
  if (!list) return
  const value = id => (document.getElementById(id) || {}).value || ''
  const show = lines => list.replaceChildren(...lines.map(line => {
    const item = document.createElement('li')
    item.textContent = line
    return item
  }))
  let timer = 0
  async function look() {
    const rule = value('id_recurrence')
    if (!rule) return show(['Write a rule to see them.'])
    const asked = new URLSearchParams({ rule, timezone: value('id_timezone'), starts_at: value('id_starts_at_0') + 'T' + value('id_starts_at_1') })
    const answer = await fetch(list.dataset.url + '?' + asked)
    if (!answer.ok) return
    const told = await answer.json()
    show(told.trouble ? [told.trouble] : told.lines)
  }
  document.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(look, 250) })
  look()
})()
// The form of a window, before it is saved: how many can be told, and what they will read.
(() => {
  'use strict'
  const form = document.getElementById('window_form')
  const forecast = document.getElementById('forecast'), told = document.getElementById('told')
  if (!form || !forecast || !told) return
  let timer = 0, number = 0
  const put = async (node, url, options, mine) => {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(8e3), ...options }).catch(() => null)
    // Written by the server's own writers, and cleaned there.
    if (answer && answer.ok && mine === number) node.innerHTML = await answer.text()
  }
  const look = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const mine = ++number, body = new FormData(form), query = new URLSearchParams()
      for (const pk of body.getAll('components')) { body.append('component', pk); query.append('component', pk) }
      put(forecast, `${forecast.dataset.url}?${query}`, {}, mine)
      put(told, told.dataset.url, { method: 'POST', body, headers: { 'X-CSRFToken': body.get('csrfmiddlewaretoken') } }, mine)
    }, 250)
  }
  form.addEventListener('input', look)
  // select2 tells of its changes through jQuery only.
  django.jQuery(form).on('change', '[name=components]', look)
  look()
})()
