// What the suite is given: demo CRMs of its own, time that has passed, faults, the inbox.
//
// It knows addresses of the program that runs the suite and of the SMS sandbox, and no page.

const control = variable("CONTROL_URL");
const sandbox = variable("SMS_SANDBOX_URL");

function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask test -- --test browser\``);
  return value.replace(/\/$/, "");
}

async function call(url, method = "GET") {
  const answer = await fetch(url, { method });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} was answered ${answer.status}: ${text}`);
  return text;
}

/** A demo CRM that nobody else uses: its address and its two institutions, which are new as well. */
export async function startCrm() {
  const crm = JSON.parse(await call(`${control}/crm`, "POST"));
  const passed = await call(`${crm.url}/behind-the-scenes`);
  const tenants = ["north", "south"].map((name) => passed.match(new RegExp(`${name}-[0-9a-f]+`))[0]);
  return { ...crm, tenants };
}

/** As if that time had passed for one institution: all that the workers remember is older. */
export function letPass(tenant, seconds) {
  return call(`${control}/pass?tenant=${tenant}&seconds=${seconds}`, "POST");
}

/** Runs the work while nothing passes between a CRM and the broker. */
export async function inSilence(crm, work) {
  await call(`${control}/network?crm=${crm.crm}&silent=true`, "POST");
  try {
    return await work();
  } finally {
    await call(`${control}/network?crm=${crm.crm}&silent=false`, "POST");
  }
}

/** Runs the work while the provider of texts fails like that: `unavailable`, `refuse`. */
export async function withFault(kind, work) {
  await call(`${sandbox}/fault?kind=${kind}`, "PUT");
  try {
    return await work();
  } finally {
    await call(`${sandbox}/fault?kind=none`, "PUT");
  }
}

/** The texts to a number, newest last. */
export async function textsTo(number) {
  return JSON.parse(await call(`${sandbox}/messages?to=${encodeURIComponent(number)}`));
}
