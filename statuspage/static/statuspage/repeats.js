'use strict'
// Shows of a recurrence's fields those that the chosen frequency has. Without it all are there, and
// each says what it is for.
;(() => {
  const select = document.getElementById('id_repeats')
  if (!select) return
  const rows = {
    repeat_every: ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'], repeat_on: ['WEEKLY'], repeat_monthly: ['MONTHLY'],
    repeat_until: ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'], repeat_times: ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']
  }
  function show() {
    for (const [name, kinds] of Object.entries(rows)) {
      const row = document.querySelector(`.form-row.field-${name}`)
      if (row) row.hidden = !kinds.includes(select.value) && !row.classList.contains('errors')
    }
  }
  select.addEventListener('change', show)
  show()
})()
