//! The words by what they mean. A phrase is matched by stems: `expose` stands for all its forms.

// long: one table is easier to keep than ten; each line is one meaning.

macro_rules! concepts {
    ($($(#[$doc:meta])* $name:ident: $words:literal)*) => {
        /// What a word or phrase means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Concept { $($(#[$doc])* $name,)* }

        impl Concept {
            /// Its place in the table.
            pub(crate) fn number(self) -> u32 {
                let nth = WORDS.iter().position(|(known, ..)| *known == self);
                nth.and_then(|nth| u32::try_from(nth).ok()).unwrap_or(u32::MAX)
            }
        }

        /// Every meaning with its name and its phrases.
        pub(super) const WORDS: &[(Concept, &str, &str)] = &[$((Concept::$name, stringify!($name), $words),)*];
    };
}

concepts! {
    // --- who
    /// Who does harm.
    Attacker: "attacker | hacker | threat actor | criminal | cybercriminal | cyber criminal | cyber attacker | intruder | adversary | bad actor | malicious actor | perpetrator | thief | unauthorized party | unauthorised party | unauthorized third party | unauthorised third party | unauthorized person | unauthorized individual | unauthorised person | unauthorized user | extortionist | malicious user | crook | fraudster | gang | unknown actor | threat group | seller | unknown person | unknown persons | third party unknown"
    /// Who looks and tells.
    Researcher: "researcher | security researcher | programmer | bug hunter | white hat | student | penetration tester | pen tester | ethical hacker | hobbyist | security firm | security company | security expert | security analyst | security consultant | developer | engineer | tinkerer | whistleblower | journalist | tipster | security team at"
    /// Anybody at all.
    Anyone: "anyone | anybody | any user | any client | any visitor | any caller | any customer | any account | any logged in user | any registered user | any authenticated user | any authenticated | anonymous user | anonymous caller | everyone | the public | any person | any member | any internet user | stranger | outsider"
    /// The organisation that a report is about.
    Company: "company | firm | organisation | organization | provider | operator | retailer | carrier | airline | bank | hospital | startup | manufacturer | maker | insurer | agency | university | college | school | council | ministry | department | telco | chain | business | corporation | startup | brand | lender | broker | exchange | publisher | vendor | charity | clinic | dealership | automaker | carmaker | utility | municipality | city | authority | institute | institution | foundation | association | club | marketplace | shop | store | network"
    /// Another company.
    ThirdParty: "third party | third parties | vendor | supplier | contractor | subcontractor | service provider | external provider | business partner | partner company | integrator | saas provider | outsourcer | partner platform | technology partner | data processor | processor | hosting provider | logistics partner | reseller | agency partner"
    /// Who judges or must be told.
    Authority: "regulator | federal agencies | government agencies | state regulators | federal regulators | privacy regulators | data protection authority | supervisory authority | information commissioner | information commissioners office | ico | oaic | ftc | fcc | federal trade commission | federal communications commission | attorney general | attorneys general | privacy commissioner | cnil | dpc | data protection commission | data protection commissioner | watchdog | privacy regulator | data protection office | authorities | relevant authority | competent authority | privacy authority | hhs | office for civil rights | sec | securities and exchange commission | data protection board | garante | aepd | bsi | anpd"
    /// Police.
    Police: "police | law enforcement | fbi | federal police | national crime agency | interpol | europol | secret service"
    /// People whose data it is.
    People: "customer | user | member | subscriber | patient | client | person | people | individual | consumer | resident | citizen | passenger | guest | employee | driver | account holder | cardholder | policyholder | policy holder | applicant | shopper | voter | donor | parent | child | children | tenant | rider | traveler | traveller | buyer | merchant | cyclist | learner | pupil | player | caller | worker | staff | participant | borrower | candidate | job seeker | owner | man | woman | men | women | student | teacher | taxpayer | victim | attendee | holder | adult | minor | pensioner | veteran | follower | viewer | listener | reader | human | name | lead | prospect | contact | visitor | homeowner | householder | beneficiary | alumni | registrant | couple | family | household"
    // --- what
    /// Rows of data.
    Record: "record | entry | entries | row | profile | account | file | document | order | pre order | preorder | booking | reservation | invoice | item | message | photo | image | device | vehicle | car | transaction | object | ticket | listing | dataset row | line | email address | phone number | telephone number | address | password | credential | card | payment card | credit card | data point | data set entry | subscription | policy | claim | appointment | parcel | shipment | scooter | bike | smartwatch | watch | camera | tracker | license plate | conversation | chat | post | contract | form | report card | receipt | certificate | passport | license | licence | number | hash | ssn | social security number | application | prescription | trip | ride | itinerary | conversation log | submission | resume | cv | ballot | statement of account | letter"
    /// Requests.
    Request: "log in attempt | log ins | logins | sign ins | request | call | query | queries | api call | api request | http request | attempt | hit | post request | get request | lookup | look up | api query | login attempt | message to the api | probe request"
    /// Data as a whole.
    Data: "data | information | detail | personal data | personal information | pii | personally identifiable information | customer data | user data | personal details | sensitive data | sensitive information | contact details | contact information | contact data | private data | private information | customer information | customer details | user information | user profile | member data | patient data | profile data | account data | account details | account information | order data | customer database | response body"
    /// All there is.
    Dataset: "dataset | data set | database | table | customer base | user base | collection | archive | entire set | whole set | full set | total | in total | all told | altogether | index | store of | trove"
    /// A door of an API.
    Endpoint: "endpoint | end point | api | apis | interface | route | url | web service | backend | back end | application programming interface | resolver | web api | rest api | graphql | mobile api | api server | web application | website | web site | web page | web portal | portal | online form | service | server | app | application | bucket | system | subdomain | page | link | address of the api | gateway | path | handler | function | method | operation | query endpoint | lookup form"
    /// A door by its narrow names.
    Api: "api | apis | endpoint | end point | application programming interface | web service | graphql | resolver | rest api | api route | api path | backend interface"
    /// Open to the world.
    Public: "public | publicly | publicly accessible | internet facing | internet exposed | exposed to the internet | exposed to the public | open to the internet | on the open internet | open internet | on the public internet | accessible from the internet | reachable from the internet | accessible to anyone | accessible online | public facing | unprotected | unsecured | open to anyone | open to the public | open to everyone | open to the world | left open | wide open | insecure"
    /// Knowing who somebody is.
    Auth: "authentication | authenticating | authenticated | authenticate | log in | login | logging in | logged in | sign in | signing in | signed in | password | credential | token | access token | api key | session | session token | identity check | identity | oauth | cookie | bearer token | secret | key | authorization header | authorisation header | auth | username | certificate | mfa | multi factor authentication | two factor authentication | basic authentication | account | sign up | api token | security token | verification | identity of the caller | authentication check | authentication token"
    /// Asking who somebody is, by words that mean nothing else.
    AuthCheck: "who was making | who is making | who made the request | whoever was calling | log in to | logged in to | log into | logged into | logging into | logging in to | authentication | authenticating | authenticate | log in | login | logging in | logged in | sign in | signing in | signed in | identity check | auth | authentication check | authenticated | proof of identity | who was calling | who was asking | who is asking | who is calling | identity | authorization header | authorisation header | access control | access controls | security control"
    /// Proofs of who somebody is, which can also be what leaks.
    Proof: "password | credential | credentials | token | access token | api key | key | session | cookie | bearer token | certificate | username | passcode"
    /// What the attack left behind.
    Ioc: "indicator of compromise | indicators of compromise | ioc | iocs"
    /// Holes.
    Flaw: "vulnerability | flaw | bug | weakness | hole | loophole | fault | error | issue | problem | gap | misconfiguration | defect | oversight | security lapse | lapse | exposure | leak | breach | incident | security issue | security flaw"
    /// What somebody may do.
    Authz: "authorization | authorisation | authorize | authorise | authorized | authorised | authorization check | authorisation check | permission | permission check | access control | access check | ownership | ownership check | entitlement | privilege | role check | role | object level check | object level authorization | object level authorisation | tenant check | access rights | belonged to | belongs to | owned | owner | own | rights"
    /// A brake.
    Limit: "rate limit | rate limiting | rate limiter | throttle | throttling | quota | limit on | limit | limits | cap | captcha | velocity check | lockout | lock out | request limit | usage limit | upper bound | maximum page size"
    /// What tells objects apart.
    Id: "service tag | service tags | id | ids | identifier | customer number | account number | order number | user id | userid | customer id | account id | object id | record id | booking number | invoice number | ticket number | phone number | mobile number | uuid | guid | integer | reference number | serial number | user number | member number | membership number | id number | contract number | tracking number | number in the url | numeric id | numeric identifier | numerical id | primary key | email address | patient number | policy number | claim number | application number | number | digit | vin | reference | numbers | case number | loan number | scooter number | device id | parameter | imei | ids of other | order id | trip id | e mail address | e-mail address | e-mail addresses | league"
    /// Ids that can be foretold.
    Sequential: "sequential | sequentially | consecutive | incremental | incrementing | incremented | predictable | guessable | easily guessed | enumerable | in sequence | ascending | auto incrementing | auto increment | consecutively | simple integer | running number | not random | were not random | counted up | numbered in order"
    /// Somebody else's.
    Others: "others | other | another | different | someone else | somebody else | arbitrary | any other | strangers | other peoples | belonging to others | belonging to other | another persons | other tenants | not their own | not belonging | foreign | else"
    /// Pieces of an answer.
    PerCall: "each returning | each returned | each answering | each giving | per request | per call | per query | per page | per response | at a time | each time | per api call | with each request | with every request | with each call | in each response | in every response | each response | every response | each request returned | each call returned | every request | every call | a call | a request | a page | each page | every page | each request | each call | per batch | each answer | every answer | one request | single request | single call | single response | one call | a response"
    /// Parts that data comes in.
    Batch: "batch | batches | page | pages | chunk | chunks | block of | blocks of | set of | sets of | group of | groups of | lot of | lots of | page size"
    // --- how it was done
    /// Bring into the open.
    Expose: "answered | reachable | within reach | expose | exposed | exposure | exposing | leak | leakage | spill | unauthorized disclosure | wrongly disclosed | improperly disclosed | reveal | return | hand out | handed out | give out | gave out | given out | serve | publish | compromise | compromised | breach | breached | divulge | display | show | showed | shown | put at risk | made available | left open | left exposed | visible | viewable | available | accessible | in the open | returned | respond with | responded with | answer with | answered with | spit out | sent back | send back | unsecured | unprotected | at risk | make public | expos | surrender | dump"
    /// Have in it.
    Include: "in there | in the response | in the answer | in each record | include | contain | comprise | consist | hold | carry | cover | feature | feature | hold | range from | consisted of | made up of | comprising | list | store | stored | along with | as well as | together with | such as | like"
    /// Touch people.
    Affect: "affect | affected | impact | impacted | involve | involving | hit | concern | relate to | related to | pertaining to | belonging to | relating to | of around | touched"
    /// Take records.
    Take: "log in to | logged in to | log into | logged into | logging into | logging in to | broke into | break into | breaking into | broken into | hijack | took over | access | accessed | retrieve | download | scrape | scraping | harvest | collect | copy | copied | exfiltrate | exfiltration | pull | steal | extract | take | obtain | view | read | gather | siphon | grab | fetch | acquire | get hold of | make off with | gain access | see | look up | export | query | theft | save | saved | amass | crawl | crawled | open | looked at | got | get | took | lift | capture | hoover up | suck out | compile | compiled | compiling | mine | walked away with | came away with"
    /// Take records, by words that leave no doubt.
    TakeHard: "download | scrape | scraping | harvest | collect | copy | copied | exfiltrate | exfiltration | steal | extract | siphon | gather | theft | export | stole | stolen | amass | pull | crawled | retrieve | make off with | hoover up | obtain | compile | compiling | save | saved | walked away with | came away with | suck out"
    /// Come upon.
    Find: "discover | find | notice | identify | spot | stumble | come across | came across | uncover | realise | realize | locate | detect | unearth | observe | learn | discovery | happened upon"
    /// Look for holes.
    Probe: "scan | scanning | port scan | probe | probing | fuzz | fuzzing | reconnaissance | enumerating endpoints | endpoint enumeration | vulnerability scanning | vulnerability scan | scanner | shodan | censys | brute force directories | directory brute forcing | google dork | mass scan | internet wide scan | certificate transparency | testing of the | poking around | poke at | crawl the internet | wordlist | guessing paths | guess paths | guessed the path | subdomain enumeration"
    /// Look into what one has.
    Inspect: "reverse engineer | reverse engineering | decompile | disassemble | inspect | intercept | network traffic of | watching the traffic | watch the traffic | traffic of the app | browsers developer tools | developer tools | developer console | view source | source code of the page | analyse the app | analyze the app | analysing the app | analyzing the app | javascript file | javascript bundle | proxied the app | intercepting proxy | monitoring the traffic | looked at the requests | looking at the requests | looked at the network | examined the app | examining the app | network tab | swagger | api documentation | documentation page | openapi | introspection"
    /// Count through.
    Enumerate: "enumerate | enumeration | iterate | iterating | cycle through | loop through | looped over | loop over | walk through | walked through | step through | count through | counting up | counting upwards | count up | brute force | bruteforce | brute forcing | guess | guessing | incrementing | increment | trying every | tried every | trying all | tried all | try every | all possible | every possible | running through | run through | ran through | going through | went through | work through | worked through | one after another | one after the other | one by one | feeding"
    /// Put another value in.
    Change: "change | alter | modify | swap | replace | substitute | manipulate | tamper | edit | vary | tweak | put in | enter | typing | type | adjust | increase | decrease"
    /// A machine did it.
    Automate: "automate | automated | script | scripted | bot | bots | botnet | scraper | crawler | simple program | small program | python script | short script | command line tool | loop | robot | automatically | automation | headless browser | curl in a loop | scripting"
    /// Page.
    Paging: "pagination | paginate | paginated | paging | page through | paged through | page by page | in batches | batches of | batch of | pages of | at a time | chunks of | next page | page number | offset parameter | page parameter | cursor | in pages"
    /// Many places to come from.
    Rotate: "rotating ip | rotating ips | rotate ip | rotating addresses | rotating proxies | proxies | proxy network | residential proxies | different ip addresses | multiple ip addresses | many ip addresses | thousands of ip addresses | hundreds of ip addresses | vpn | vpns | tor | several ip addresses | distributed across | rotated addresses | rotated through"
    /// Passwords from elsewhere.
    Stuffing: "credential stuffing | credential stuffed | stuffing attack | reused password | reused passwords | reuse of passwords | recycled passwords | passwords leaked elsewhere | previously leaked passwords | passwords from other breaches | passwords exposed in other breaches | combo list | combolist | recycled login credentials | reused credentials | recycled credentials | credentials stolen from other | credentials from other breaches | password reuse"
    /// Guess a secret.
    Guess: "brute force | bruteforce | brute forced | brute forcing | brute forceable | guess | guessed | guessing | password spraying | spraying"
    /// One-time codes and the like.
    Code: "one time code | one time password | one time pin | otp | otps | pin | verification code | reset code | sms code | digit code | passcode | recovery code | password reset code | four digit | six digit"
    /// Secrets of others, in use.
    Stolen: "stolen credential | stolen credentials | stolen token | stolen tokens | stolen password | stolen passwords | compromised credential | compromised credentials | compromised account | compromised accounts | compromised password | compromised employee account | leaked credential | leaked credentials | leaked token | leaked api key | stolen api key | stolen key | stolen access token | stolen session | hijacked account | hijacked session | valid credentials | legitimate credentials | stolen oauth tokens | stolen access key | compromised api key | compromised token | exposed token | exposed api key | exposed credentials | stolen login | stolen cookies | stolen session token | stolen employee credentials | credentials of an employee | phished credentials | hijacked token | leaked key | compromised access token | compromised key | stolen authentication tokens"
    /// Where secrets lie about.
    Secret: "hard coded | hardcoded | embedded key | embedded api key | embedded credentials | embedded token | embedded in the app | committed to | public repository | public repo | github repository | public github repository | in plain text in the | in the source code | in its source code | in client side code | in the javascript | left in the code | baked into the app | shipped in the app | in the mobile app code | in a public repository | code repository | pastebin"
    /// Deceive a person.
    Phish: "phishing | spear phishing | phish | vishing | smishing | social engineering | socially engineered | tricked | pretexting | voice phishing | impersonated an employee"
    /// Smuggle in.
    Inject: "sql injection | sqli | injection | injected | inject | command injection | nosql injection | template injection | malicious payload | remote code execution | deserialization | path traversal | directory traversal"
    /// Make the server call.
    Forge: "ssrf | server side request forgery | metadata service | instance metadata | internal addresses | fetch arbitrary urls | fetch a url of their choice"
    /// Do harm to data.
    Alter: "altered the data | modified the data | changed the data | modified records | changed records | tampered with | overwrote | defaced | encrypted its | wiped | changed the email address | change the email address | change other users | modify other users | modified the account | take over accounts | took over accounts | account takeover | cancel orders | cancelled orders | unlock vehicles | unlock cars | unlocked | start the engine | reset the password of | reset other users | changed the password | drained"
    /// Offer to others.
    Sell: "for sale | sold | sell | selling | offered for sale | posted | post online | published | dark web | hacking forum | hacker forum | cybercrime forum | breach forum | leak site | dumped online | shared on a forum | telegram channel | uploaded | posted online | breached forum | underground forum | circulating"
    /// Ask for money.
    Extort: "ransom | extort | extortion | blackmail | demanded payment | demanded money | ransom note | ransom demand | extortion demand"
    // --- what made it possible
    /// Fail to have.
    Lack: "no longer | lack | lacked | lacking | lack of | missing | absence | absent | devoid of | without | no | not | never | nor | failed to | fails to | fail to | failing to | failure to | didnt | doesnt | dont | wasnt | werent | neither | omitted | forgot to | forgotten to | neglected to | neglect | skipped | bypassed | instead of | devoid | isnt | arent | couldnt"
    /// Look whether it is so.
    Check: "check | verify | verified | validate | validation | enforce | enforced | enforcement | require | required | requirement | ask | asked for | demand | demanded | confirm that | ensure | test whether | need | needed | protect | protected | guard | guarded | restrict | restricted | applied | apply | implement | implemented | in place | necessary | perform | performed | insist"
    /// Named faults of ownership.
    Bola: "bola | idor | broken object level authorization | broken object level authorisation | insecure direct object reference | insecure direct object references | horizontal privilege escalation | broken object level access control"
    /// Named faults of function.
    Bfla: "bfla | broken function level authorization | broken function level authorisation | vertical privilege escalation | privilege escalation"
    /// What only few should reach.
    Admin: "admin | administrator | administrative | admin panel | administration | internal | staff only | privileged | internal api | internal endpoint | internal function | management interface | admin endpoint | admin api | support tool | internal tool | superuser | employee only | back office | partner only | internal use"
    /// Ordinary people.
    Ordinary: "ordinary user | ordinary users | regular user | regular users | normal user | normal users | ordinary customer | regular customer | low privileged | low privilege | unprivileged | standard user | standard account | ordinary account | regular account | free account | basic account | non admin | without admin | any account | trial account | guest account | normal account"
    /// Too many fields.
    Excess: "excessive data exposure | more data than | more information than | more fields than | more than the app | more than it needed | more than was needed | more than needed | more than necessary | more than the page | unnecessary fields | unneeded fields | hidden fields | full object | entire object | whole object | full profile | entire profile | complete profile | full record | full records | entire record | complete record | complete records | every field | all fields | filtered on the client | filtered by the client | filtered in the browser | not displayed | not shown in | never shown | never displayed | did not display | did not show | not visible in the app | hid them | hidden in the app | only showed | only displayed | broken object property level authorization | broken object property level authorisation | extra fields | additional fields | internal fields | far more than | even though the app"
    /// Fields that nobody should set.
    Mass: "mass assignment | autobinding | auto binding | extra property | extra parameter in the request | set their own role | setting the role | set the role | isadmin | added the field | adding the field | overwrite fields | writable fields"
    /// Set up wrongly.
    Misconfig: "misconfigured | misconfiguration | misconfiguring | improperly configured | incorrectly configured | wrongly configured | configuration error | configuration mistake | default configuration | default password | default credentials | debug mode | debugging enabled | cors misconfiguration | permissive cors | verbose errors | stack trace | left enabled | security misconfiguration | faulty configuration | misset | configuration change | access rule | open bucket | publicly readable | world readable | set to public | firewall change | network rule"
    /// Old and forgotten.
    Forgotten: "legacy | old version | older version | outdated version | deprecated | undocumented | shadow api | shadow | forgotten | zombie | test environment | staging | unmaintained | dormant | decommissioned | abandoned | retired | unused | test server | test api | development server | no longer used | no longer in use | should have been retired | improper inventory | left running | left over | obsolete | sandbox | old api | previous version | beta"
    /// What another service says.
    Trusted: "unsafe consumption | trusted the data from | trusted responses from | partner api without | blindly trusted | without validating the data from | trusted the partner"
    /// A flow that machines should not run.
    Flow: "scalper | scalping | scalpers | bulk buying | buy up | bought up | ticket bots | reseller bots | unrestricted access to sensitive business flow | unrestricted access to sensitive business flows | fake sign ups | referral abuse | hoarding | inventory hoarding | snapped up"
    /// Deceivable check of identity.
    WeakAuth: "broken authentication | authentication weakness | authentication flaw | authentication vulnerability | weak authentication | authentication bypass | bypass authentication | bypassed authentication | bypass the login | bypassing authentication | forged token | forge tokens | forged tokens | forged jwt | unsigned token | unsigned jwt | signature was not | signature of the token was not | did not verify the signature | without verifying the signature | never expired | never expire | did not expire | no expiry | tokens did not expire | token did not expire | predictable token | predictable tokens | predictable session | session fixation | static token | shared token | same token for | same api key for | weak password | weak passwords | default password | accepted any token | accepted any password | accept any token | expired tokens | expired token | any valid token | reset link | password reset flow | password reset function | token in the url | accepted tokens without"
    // --- what came after
    /// End by itself.
    Stop: "stop | stopped | halt | cease | ceased | break off | broke off | quit"
    /// Undo a copy.
    Delete: "delete | deleted | deletion | destroy | erase | wipe | wiped | purge | discard"
    /// Let the victim know.
    Tell: "report | reported | report it | notify | alert | alerted | inform | contact | contacted | reach out | reached out | responsibly disclose | responsibly disclosed | responsible disclosure | disclosed the issue | disclosed the flaw | disclosed the vulnerability | disclosed it to | tip off | tipped off | warn | warned | bug bounty | told"
    /// Mend.
    Fix: "yanked offline | pulled offline | went offline | taken offline | restricted access | fix | fixed | patch | patched | remediate | remediated | mitigated | close | closed | shut | shut down | shut off | take offline | took offline | taken offline | took down | taken down | take down | secured | disable | disabled | block access | blocked access | blocked further access | resolved | resolve | plugged | locked down | lock down | removed access | withdraw | withdrawn | pulled the endpoint | corrected | contained | revoked | added authentication | switched off | turned off | deactivated | suspended | repaired | rectified | hardened"
    /// Come to be known.
    Surface: "surface | surfaced | emerge | emerged | came to light | come to light | first reported | reports begin | made public | became public | went public | news broke | made headlines"
    /// Own up.
    Confirm: "confirm | acknowledge | admit | announce | publicly disclose | publicly disclosed | issued a statement | in a statement | disclosed the breach | disclosed the incident | disclosed a breach | disclosed a data breach | disclosed that | published a notice | issued a notice"
    /// Deny.
    Deny: "deny | denied | dispute | reject | refute | rejected | disputes"
    /// Look into it.
    Investigate: "investigate | investigating | investigation | forensic | looking into | forensics | probe into | launched an inquiry | inquiry | reviewing the incident | evaluate | evaluating | assess | assessing | reviewing"
    /// Notice.
    Detect: "detected | noticed | became aware | become aware | was alerted to | learned of | learnt of | identified suspicious | identified unauthorized | identified unauthorised | noticed unusual | observed unusual | unusual activity | suspicious activity | made aware"
    /// Let people know.
    Notify: "notify | notified | notifying | notification | inform | informed | informing | breach notice | breach notification | notification letter | data breach letter | alerted | reported the breach | reported the incident | reported it to | reported itself | wrote to | letters to | email to customers | sending letters | disclosed to"
    /// Duties.
    Duty: "obligation | legal obligation | notification obligation | notification duties | legal notification obligations | notification requirement | duty to notify | required by law | must be notified | must notify | must report | within 72 hours | 72 hours | required to notify | statutory | reportable | notifiable | breach laws | regulatory requirement | reporting obligations | disclosure requirements"
    /// Law.
    Legal: "fine | fined | penalty | lawsuit | class action | sued | sue | court | arrested | arrest | charged | convicted | sentenced | settlement | settled | settle | enforcement action | undertaking | reprimand | reprimanded | prosecuted | pleaded guilty | jailed | consent decree | consent order"
    // --- discourse
    /// Somebody says.
    Say: "say | said | says | state | stated | claim | claimed | allege | tell | told | confirm | announce | admit | acknowledge | insist | deny | estimate | believe | suggest | argue | explain | add | added | note | noted | write | wrote | assert | maintain | emphasise | emphasize | stress | report that | reported that | disclosed that | revealed that | warn that | reckon | concede | reply | indicated | wrote that | put the number | contend | describe"
    /// Somebody says, without a subject.
    Hearsay: "according to | reportedly | allegedly | purportedly | supposedly | in the words of | is said to | are said to | is alleged to | are alleged to | is reported to | was reported to | by its own account | by his own account | by her own account"
    /// It is not so.
    Neg: "prevented | not | no | never | without | nor | neither | none | didnt | doesnt | dont | wasnt | werent | isnt | arent | hasnt | havent | hadnt | couldnt | cannot | cant | excluding | except | except for | with the exception of | other than | free of | rather than | exclude | excluded | excludes | lacked | unaffected | untouched | no longer"
    /// May be.
    Hedge: "may | might | likely | probably | possibly | potentially | perhaps | suspect | suspected | appear to | appears to | appeared to | seem | seems | seemingly | presumably | theoretically | in theory | if | unclear | unconfirmed | is thought to | are thought to | it is possible | not yet known | not known | whether | apparently | could potentially | would be able | hypothetically | supposing | for example | for instance | imagine"
    /// Ability, or a way to say may be.
    Can: "could | can | would"
    /// Ability that was.
    Able: "able to | was able | were able | managed to | succeeded in | allowed | allow | let | lets | enabled | enable | permitted | made it possible | possible to | proceeded to | went on to"
    /// Should be.
    Should: "may want to | might want to | may wish to | should | must | ought | need to | needs to | have to | has to | recommend | recommendation | advise | advised to | urge | urged to | encouraged to | best practice | best practices | it is important | make sure | it is essential | it is crucial | is advisable | we suggest | consider | be sure to | are advised | is recommended | are recommended | shall | requires that organisations | remember to | take care to"
    /// Would have helped.
    Prevent: "prevent | mitigate | flag | detect | stop | block | identify | catch | limit | avoid | thwart | filter | reduce | protect | contain | spot | alert"
    /// What defends.
    Defence: "waf | web application firewall | firewall | firewall rule | detection rule | alert | alerting | rate limiting | siem | monitoring | baseline | checklist | hardening | filtering | traffic analysis | session activity analysis | analysis | gateway | api gateway | virtual patch | policy as code | inventory | segmentation | encryption | tokenisation | audit | penetration test | penetration testing | code review | threat modelling | network controls | compensating control | defense | defence | countermeasure | control | controls | rule | rules | security teams | defenders | security tools | logging"
    /// What is praised in advice.
    Vital: "crucial | critical | essential | vital | important | key to | best | effective | necessary | recommended | valuable layer | fundamental | first line | helps | help | multi layered"
    /// What people fear.
    Harm: "phishing | identity theft | identity fraud | fraud | scam | scams | follow on attack | follow on attacks | sim swap | sim swapping | impersonation | spam | stalking | reputational damage | reputational harm | social engineering | smishing | vishing | doxxing | targeted attack | targeted attacks | harassment | burglary | spear phishing | further attacks | loss of trust | regulatory scrutiny | account takeovers | blackmail | misuse | abuse of the data"
    /// What may come.
    Risk: "risk | risks | danger | valuable | could be used | can be used | may be used | might be used | used for | used to | lead to | exposes them to | vulnerable to | open the door | opens the door | target of | threat of | prone to | raises | raise | underscore | highlight | serve as a reminder | serves as a reminder | illustrate | lesson | reminder | consequence | concern | concerns | fear | beware | be wary | vigilant | watch out | follow on"
    // --- about the page itself
    /// Menus and the like.
    Menu: "subscribe | newsletter | sign up for | cookie policy | privacy policy | terms of service | terms of use | all rights reserved | read more | share this | follow us | related articles | related posts | advertisement | sponsored | contact us | back to top | skip to content | click here | leave a comment | join our | download the app | help others stay informed | share on | tags | table of contents | print this | cookies | previous post | next post | copyright | download our | request a demo | book a demo | free trial | learn how our | our platform | image credit | photo credit | filed under | min read | minute read | accept all"
    /// Who wrote it.
    Bio: "years of experience | years of specialized experience | years of specialised experience | expertise spans | background includes | about the author | is a reporter | is a journalist | is a writer | is an editor | is a senior reporter | is a freelance | covers cybersecurity | covers security | writes about | has written for | specializes in | specialises in | certifications include | holds a degree | holds a masters | cybersecurity professional with | author bio | based in | passionate about | can be reached | follow him on | follow her on"
    /// What a page says about itself.
    SelfTalk: "this article | this threat | this report includes | your team | stix bundle | stix 2 1 bundle | as a stix | interactive graph | actionable threat language | mapped to the mitre | indicators of compromise iocs have been | have been extracted | extracted and cataloged | extracted and catalogued | structured threat data | sigma detection rules are derived | detection rules incident response steps | act on this intelligence | any major siem | has been identified and mapped | our platform | our product | our customers | our solution | known threat actors and historical campaigns | consistent actionable"
}
