// What is known of jobs and sets, and who wants to hear of it.

import { follow } from "./api.js";

export const jobs = new Map();
export const sets = new Map();
/** Of each job that was seen to learn in this tab: what was drawn, its frames, its probabilities so far. */
export const courses = new Map();
export const worker = { ready: false, known: false };

const listeners = { change: [], stage: [], lost: [] };

export const on = (name, listener) => listeners[name].push(listener);
const tell = (name, value) => listeners[name].forEach((listener) => listener(value));

const MOST_COURSES = 20;

function staged({ job, stage, ...seen }) {
  if (!courses.has(job)) courses.set(job, { drawn: null, frames: [], trained: null });
  while (courses.size > MOST_COURSES) courses.delete(courses.keys().next().value);
  const course = courses.get(job);
  if (stage === "drawn") course.drawn = seen;
  if (stage === "trained") course.trained = seen;
  if (stage === "learning" && !(seen.step <= course.frames.at(-1)?.step)) course.frames.push(seen);
  tell("stage", job);
}

export function known(job) {
  jobs.set(job.id, job);
  tell("change", job.id);
}

export function knownSet(set) {
  sets.set(set.id, set);
  tell("change", set.id);
}

export function start() {
  follow(
    {
      state(all) {
        jobs.clear();
        sets.clear();
        for (const job of all.jobs) jobs.set(job.id, job);
        for (const set of all.sets) sets.set(set.id, set);
        worker.ready = all.ready;
        worker.known = true;
        tell("change", null);
      },
      job: known,
      set: knownSet,
      gone(gone) {
        for (const id of gone.jobs) {
          jobs.delete(id);
          courses.delete(id);
        }
        for (const id of gone.sets) sets.delete(id);
        tell("change", null);
      },
      stage: staged,
      worker({ ready }) {
        worker.ready = ready;
        tell("change", null);
      },
    },
    (lost) => tell("lost", lost),
  );
}

export const singles = () => [...jobs.values()].filter((job) => !job.set);
export const ofSet = (id) => [...jobs.values()].filter((job) => job.set === id);
export const isOpen = (job) => job.state === "waiting" || job.state === "running";
