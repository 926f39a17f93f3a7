// The HEALTHCHECK of the image: ends with 0 where the process of this container says that it is alive, else with 1.
const url = `http://127.0.0.1:${process.env.PORT || 3000}/health/live`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  console.log(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
