// The vocabulary of the invented traffic: names, words and user agents. Nothing here is random.

/** Twenty invented domains, the most visited first. */
export const demoDomains = [
  'www.example.test',
  'img.example.test',
  'video.example.test',
  'static.example.com',
  'api.example.test',
  'download.example.com',
  'shop.example.test',
  'm.example.com',
  'live.example.test',
  'news.example.com',
  'games.example.test',
  'music.example.com',
  'docs.example.test',
  'blog.example.com',
  'maps.example.test',
  'fonts.example.com',
  'updates.example.test',
  'events.example.com',
  'archive.example.test',
  'status.example.com',
]

export const pathWords = (
  'about account album android archive article banner basket blue board book bridge camera canvas card cart catalog ' +
  'chapter city cloud coast coffee color concert course cover desk detail device dinner energy episode family feed ' +
  'festival field forest gallery garden green guide harbor health history holiday home house island item journal ' +
  'kitchen lake library light list lobby market match media menu mobile mountain music night ocean office orange ' +
  'order paper partner photo pier planet player poster press product profile rail recipe red report review river ' +
  'school season series shelf shoe silver sky snow spring star station store story studio summer sunset table theme ' +
  'ticket tour tower town track travel tree valley video view village weather window winter world yellow'
).split(' ')

/** Referrers from elsewhere; those from the domain's own pages are made per domain. */
export const outsideReferrers = [
  'https://www.search.example/',
  'https://www.search.example/results?q=camera',
  'https://social.example/',
  'https://social.example/post/48213',
  'https://forum.example/thread/99120?page=2',
  'https://mail.example/inbox',
]

const desktopSystems = ['Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64']
const androidDevices = ['Pixel 8', 'Pixel 9 Pro', 'SM-S928B', 'SM-A556E', '24030PN60G', 'V2307A', 'PJD110', 'ALN-AL00']
const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

const chromeDesktop = ['136', '137', '138', '139', '140'].flatMap((version) =>
  desktopSystems.map((system) => `Mozilla/5.0 (${system}) ${webKit} Chrome/${version}.0.0.0 Safari/537.36`),
)
const chromeAndroid = androidDevices.map(
  (device, index) =>
    `Mozilla/5.0 (Linux; Android ${12 + (index % 4)}; ${device}) ${webKit} Chrome/${137 + (index % 4)}.0.0.0 Mobile Safari/537.36`,
)
const safariPhone = ['16_7', '17_5', '17_6', '18_1', '18_4', '18_5'].map(
  (version) =>
    `Mozilla/5.0 (iPhone; CPU iPhone OS ${version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ` +
    `Version/${version.replace('_', '.')} Mobile/15E148 Safari/604.1`,
)
const messengerPhone = ['8.0.49', '8.0.53', '8.0.56'].map(
  (version) =>
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ` +
    `Mobile/15E148 MicroMessenger/${version}(0x18003531) NetType/WIFI Language/zh_CN`,
)
const firefox = ['128', '139', '140'].flatMap((version) =>
  ['Windows NT 10.0; Win64; x64', 'X11; Linux x86_64'].map(
    (system) => `Mozilla/5.0 (${system}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`,
  ),
)
const edge = ['136', '137', '138'].map(
  (version) =>
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/${version}.0.0.0 Safari/537.36 Edg/${version}.0.0.0`,
)
const safariDesktop = ['17.6', '18.4', '18.5'].map(
  (version) =>
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Safari/605.1.15`,
)
const appsAndTools = [
  'Dalvik/2.1.0 (Linux; U; Android 14; SM-S928B Build/UP1A.231005.007)',
  'okhttp/4.12.0',
  'okhttp/5.0.0',
  'AppleCoreMedia/1.0.0.22F76 (iPhone; U; CPU OS 18_5 like Mac OS X; zh_cn)',
  'ExoPlayerLib/2.19.1',
  'Lavf/60.16.100',
  'VLC/3.0.21 LibVLC/3.0.21',
  'curl/8.0',
  'Wget/1.21.4',
  'python-requests/2.32.3',
  'Go-http-client/2.0',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)',
  'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
  '-',
]

/** Sixty user agents, the most frequent first. */
export const userAgents = [
  ...chromeAndroid,
  ...safariPhone,
  ...chromeDesktop,
  ...messengerPhone,
  ...edge,
  ...safariDesktop,
  ...firefox,
  ...appsAndTools,
]
