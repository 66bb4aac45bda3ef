/** A table to try things with, for whoever has no file at hand. */
const STATIONS = [
  ['Bergen', 60.39, 2_250, 'https://en.wikipedia.org/wiki/Bergen'],
  ['Cairo', 30.04, 25, 'https://en.wikipedia.org/wiki/Cairo'],
  ['Kraków', 50.06, 660, 'https://en.wikipedia.org/wiki/Krak%C3%B3w'],
  ['Lima', -12.05, 16, 'https://en.wikipedia.org/wiki/Lima'],
  ['Mumbai', 19.08, 2_210, 'https://en.wikipedia.org/wiki/Mumbai'],
  ['Nairobi', -1.29, 1_020, 'https://en.wikipedia.org/wiki/Nairobi'],
  ['Reykjavík', 64.15, 870, 'https://en.wikipedia.org/wiki/Reykjav%C3%ADk'],
  ['São Paulo', -23.55, 1_450, 'https://en.wikipedia.org/wiki/S%C3%A3o_Paulo'],
  ['Tōkyō', 35.68, 1_600, 'https://en.wikipedia.org/wiki/Tokyo'],
  ['Wellington', -41.29, 1_210, 'https://en.wikipedia.org/wiki/Wellington'],
] as const;
const DAYS = 365;

/** A year of made-up weather: days, cities, temperatures, rain; here and there a remark. */
export function sampleFile(): File {
  const lines = ['day,city,temperature,rain_mm,wind_kmh,sunny,remark,more'];
  for (let day = 0; day < DAYS; day += 1) {
    const date = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
    for (const [at, [city, latitude, rainfall, link]] of STATIONS.entries()) {
      const turn = ((day - 15) / DAYS) * 2 * Math.PI;
      const warmth = 28 - Math.abs(latitude) * 0.42 - Math.sign(latitude) * 9 * Math.cos(turn);
      const noise = Math.sin(day * 12.9898 + at * 78.233) * 43_758.5453;
      const chance = noise - Math.floor(noise);
      const rain = chance < 0.45 ? 0 : (rainfall / DAYS) * chance * 3;
      const remark = chance > 0.985 ? '"Storm, ferries cancelled"' : '';
      lines.push(
        [
          date,
          city,
          (warmth + (chance - 0.5) * 8).toFixed(1),
          rain.toFixed(1),
          String(Math.round(chance * 45)),
          String(rain === 0),
          remark,
          link,
        ].join(','),
      );
    }
  }
  return new File([`${lines.join('\n')}\n`], 'weather of ten cities.csv', { type: 'text/csv' });
}
