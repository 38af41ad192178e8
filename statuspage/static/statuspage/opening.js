'use strict'
// The form of an incident, before it is saved: who is affected by whom, how many will be notified, the
// message as subscribers will read it, and templates with their placeholders filled in.
;(() => {
  const form = document.getElementById('incident_form')
  const forecast = document.getElementById('forecast')
  if (!form || !forecast) return
  const field = name => form.elements[name]
  const fetched = async (url, options) => {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(8e3), ...options }).catch(() => null)
    return answer && answer.ok ? answer : null
  }
  // The button says how many: the forecast and the tick of the update decide.
  const publish = form.querySelector('button[data-publish]')
  const plain = publish && publish.textContent
  const told = () => {
    if (!publish) return
    const line = forecast.querySelector('[data-recipients]'), notify = field('updates-0-notify')
    // “0 subscribers”, in whichever language.
    const anybody = line && line.dataset.recipients && !/^0 \D+$/.test(line.dataset.recipients)
    const words = notify && notify.checked && anybody ? line.dataset.publish : plain
    // Written only when it changes, for what watches changes never to be woken by itself.
    if (publish.textContent !== words) publish.textContent = words
  }
  new MutationObserver(told).observe(forecast, { childList: true, subtree: true })
  form.addEventListener('change', told)
  form.addEventListener('keydown', event => {
    if (publish && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); publish.click() }
  })
  told()
  // Both panels ask anew while an answer may be under way: only the newest question's counts.
  const latest = ask => {
    let timer = 0, number = 0
    return () => {
      clearTimeout(timer)
      timer = setTimeout(async () => {
        const mine = ++number
        const [node, answer] = await ask()
        // Cleaned by the server.
        if (answer && mine === number) node.innerHTML = await answer.text()
      }, 250)
    }
  }

  const asked = () => {
    const query = new URLSearchParams()
    for (const select of form.querySelectorAll('select[name^=impacts-][name$=-component]')) {
      const gone = field(select.name.replace(/component$/, 'DELETE'))
      if (select.value && !(gone && gone.checked)) query.append('component', select.value)
    }
    query.append('severity', field('severity').value)
    return query
  }
  const look = latest(async () => [forecast, await fetched(`${forecast.dataset.url}?${asked()}`)])
  // select2 tells of its changes through jQuery only.
  django.jQuery(form).on('change', '[name^=impacts-], [name=severity]', look)
  document.addEventListener('formset:removed', look)

  const message = field('updates-0-message'), preview = document.getElementById('preview')
  const read = latest(async () => {
    const body = new FormData()
    body.append('message', message.value)
    return [preview, await fetched(preview.dataset.url, { method: 'POST', body, headers: { 'X-CSRFToken': field('csrfmiddlewaretoken').value } })]
  })
  if (message && preview) {
    message.addEventListener('input', read)
    if (message.value) read()
  }
  look()

  const fill = document.getElementById('fill-in')
  if (!fill) return
  fill.addEventListener('click', async () => {
    const trouble = document.getElementById('wording-trouble')
    const query = asked()
    for (const code of new FormData(form).getAll('regions')) query.append('regions', code)
    query.append('started_at', `${field('started_at_0').value}T${field('started_at_1').value}`)
    const answer = await fetched(`${document.getElementById('wording').selectedOptions[0].dataset.url}?${query}`)
    const filled = answer ? await answer.json() : { trouble: say('The template could not be inserted. Try again.') }
    const left = filled.trouble ? [] : [...new Set((filled.title + filled.message).match(/\{[a-z_]+\}/g))]
    trouble.textContent = filled.trouble || (left.length ? say('Fill in {names}.', { names: left.join(', ') }) : say('Template inserted.'))
    if (filled.trouble) return
    for (const name of ['title', 'status', 'severity']) field(name).value = filled[name]
    message.value = filled.message
    read()
  })
})()
