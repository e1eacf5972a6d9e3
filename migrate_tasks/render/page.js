/* With JavaScript the page is not loaded again: what has changed is put in its place, unless the reader is at it. */
(() => {
  const by = id => document.getElementById(id);
  const isReadIn = part => {
    const selection = getSelection();
    return part.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(part, true));
  };
  const take = page => {
    document.title = page.title;
    document.body.className = page.body.className;
    document.body.dataset.every = page.body.dataset.every;
    by("icon").href = page.getElementById("icon").href;
    for (const part of page.querySelectorAll("[data-live]")) {
      const own = by(part.id);
      if (own.innerHTML !== part.innerHTML && !isReadIn(own)) own.replaceChildren(...part.childNodes);
    }
  };
  let timer, since = new Date();
  const look = () => {
    const request = new XMLHttpRequest();
    request.open("GET", location.pathname + location.search);
    request.setRequestHeader("Accept", "text/html");
    request.responseType = "document";
    request.timeout = 10000;
    request.onloadend = () => {
      const page = request.response;
      if (page && page.getElementById("state")) { take(page); since = new Date(); by("stale").textContent = ""; }
      else by("stale").textContent = `No answer since ${since.toLocaleTimeString()}. What stands here may be out of date.`;
      plan();
    };
    request.send();
  };
  const plan = () => { clearTimeout(timer); if (!isPaused()) timer = setTimeout(look, document.body.dataset.every * 1000); };
  const button = by("pause"), isPaused = () => button.getAttribute("aria-pressed") === "true";
  button.onclick = () => { button.setAttribute("aria-pressed", String(!isPaused())); isPaused() ? plan() : look(); };
  button.hidden = false;
  plan();
})();
