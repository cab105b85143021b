// The server, and nothing but the server.

async function answered(response) {
  if (response.ok) return response.json();
  let reason = `the page answered ${response.status}`;
  try {
    const said = await response.json();
    if (typeof said.detail === "string") reason = said.detail;
    else if (Array.isArray(said.detail)) reason = said.detail.map((one) => one.msg).join("; ");
  } catch {
    // A short plain answer: its number is all there is to say.
    if (response.status === 413) reason = "found a file that is too large";
    if (response.status === 503) reason = "too much at once: try again";
  }
  throw new Error(reason);
}

async function asked(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Error("the page's server does not answer: is symscope still running?");
  }
  return answered(response);
}

export const get = (path) => asked(path);

export const post = (path, value) =>
  asked(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });

export const upload = (file) =>
  asked(`/api/pictures?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });

/** Follow what happens. A lost connection is taken up again where it broke off, by the browser. */
export function follow(listeners, onLost) {
  const source = new EventSource("/api/events");
  for (const [name, listener] of Object.entries(listeners)) {
    source.addEventListener(name, (event) => listener(JSON.parse(event.data)));
  }
  source.addEventListener("open", () => onLost(null));
  source.addEventListener("error", () => onLost(source.readyState === EventSource.CLOSED));
}
