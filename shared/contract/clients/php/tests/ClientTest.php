<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

use TwoFactor\AccessRefused;
use TwoFactor\BadAnswer;
use TwoFactor\Client;
use TwoFactor\NoAnswer;
use TwoFactor\Types\LoginAccepted;
use TwoFactor\Types\LoginAttempted;
use TwoFactor\Types\UnknownOutcome;

/** What the client does with a broker that does not do as it should. */
final class ClientTest
{
    private static function login(): LoginAttempted
    {
        return new LoginAttempted('north', 'u-4711', 's-1', '192.0.2.7');
    }

    private static function client(StubBroker $broker, float $give_up_after = 4): Client
    {
        return new Client($broker->url(), resend_after: 0.3, give_up_after: $give_up_after);
    }

    /**
     * Asks once, and expects to be let in.
     *
     * @param list<string> $actions
     * @param list<int> $connections those that the messages came over
     */
    private static function accepted(array $actions, array $connections): StubBroker
    {
        $broker = new StubBroker($actions);
        Expect::a(LoginAccepted::class, self::client($broker)->request(self::login()));
        $published = $broker->published();
        Expect::same($connections, array_column($published, 'connection'), 'the connections');
        Expect::same(1, count(array_unique(array_column($published, 'body'))), 'the different bodies');
        return $broker;
    }

    public function an_event_is_one_cloud_event_with_the_properties_of_the_contract(): void
    {
        $broker = new StubBroker([]);
        $time = new \DateTimeImmutable('2026-11-24T12:00:00.25+02:00');
        $trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        self::client($broker)->request(self::login(), $time, 'form-1', $trace);
        [$published] = $broker->published();
        Expect::same([
            'specversion' => '1.0', 'id' => 'form-1', 'source' => '/crm', 'type' => 'login.attempted.v1',
            'time' => '2026-11-24T10:00:00.250000Z',
            'data' => ['tenant_id' => 'north', 'user_id' => 'u-4711', 'session_id' => 's-1', 'ip' => '192.0.2.7'],
            'traceparent' => $trace,
        ], json_decode($published['body'], true));
        Expect::same('login.attempted.v1', $published['key'], 'the routing key');
        // Content type, delivery mode, correlation id, reply to, message id: AMQP 0-9-1, section 4.2.6.1.
        $properties = pack('n', 1 << 15 | 1 << 12 | 1 << 10 | 1 << 9 | 1 << 7)
            . "\x1Capplication/cloudevents+json\x02\x24CORRELATION\x15amq.rabbitmq.reply-to\x06form-1";
        // Its own for each request, so that no request takes the answer to another with the same id.
        $correlation = '/(?<=\x02\x24)[0-9a-f-]{36}(?=\x15)/';
        $printed = preg_replace($correlation, 'CORRELATION', $published['properties']);
        Expect::same($properties, $printed, 'the properties');
    }

    public function an_id_is_a_uuid_of_version_7_and_never_the_same(): void
    {
        $broker = new StubBroker([]);
        $client = self::client($broker);
        $before = (int) (microtime(true) * 1000);
        $client->request(self::login());
        $client->request(self::login());
        $ids = array_map(static fn ($sent) => json_decode($sent['body'])->id, $broker->published());
        Expect::same(2, count(array_unique($ids)), 'the different ids');
        foreach ($ids as $id) {
            $shape = '/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/';
            Expect::same(1, preg_match($shape, $id), $id);
            $age = hexdec(substr(strtr($id, ['-' => '']), 0, 12)) - $before;
            Expect::true($age >= 0 && $age < 5000, "$id of now");
        }
        Expect::raises(\InvalidArgumentException::class, fn () => $client->request(self::login(), id: "a\n"));
    }

    public function one_connection_serves_many_requests(): void
    {
        $broker = new StubBroker([]);
        $client = self::client($broker);
        Expect::same([], $broker->published(), 'what was sent before the first request');
        foreach (range(1, 5) as $ignored) {
            Expect::a(LoginAccepted::class, $client->request(self::login()));
        }
        Expect::same([0, 0, 0, 0, 0], array_column($broker->published(), 'connection'));
    }

    public function an_answer_that_comes_before_the_confirmation_counts(): void
    {
        self::accepted(['early'], [0]);
    }

    public function without_an_answer_the_same_bytes_are_sent_again(): void
    {
        self::accepted(['take', 'take'], [0, 0, 0]);
    }

    public function without_any_answer_nobody_is_let_in(): void
    {
        $broker = new StubBroker(['take', 'take', 'take', 'take', 'take']);
        $start = microtime(true);
        $words = '(the broker took it: are the workers running?); let nobody in, and ask the person to try again';
        $error = Expect::raises(
            NoAnswer::class,
            fn () => self::client($broker, 1)->request(self::login(), id: 'form-1'),
            "no answer to login.attempted.v1 form-1 within 1 s $words",
        );
        Expect::true(str_ends_with($error->getMessage(), 'again'), 'no word after it');
        $took = microtime(true) - $start;
        Expect::true($took >= 1 && $took < 3, "it waits 1 s, not $took s");
        $count = count($broker->published());
        Expect::true($count >= 2 && $count <= 4, "it is sent each 0.3 s, not $count times");
    }

    public function a_message_that_is_not_confirmed_is_sent_over_another_connection(): void
    {
        self::accepted(['nothing'], [0, 1]);
    }

    public function a_connection_that_stops_within_an_answer_is_replaced(): void
    {
        self::accepted(['half'], [0, 1]);
    }

    public function so_it_is_where_php_has_no_signals_as_under_php_fpm(): void
    {
        $broker = new StubBroker(['half']);
        $program = sprintf(
            'define("AMQP_WITHOUT_SIGNALS", true); require "%s/autoload.php";
            $client = new TwoFactor\Client("%s", resend_after: 0.3, give_up_after: 3.5);
            $login = new TwoFactor\Types\LoginAttempted("north", "u", "s", "192.0.2.7");
            echo $client->request($login)->via;',
            dirname(__DIR__),
            $broker->url(),
        );
        $process = proc_open([PHP_BINARY, '-r', $program], [1 => ['pipe', 'w']], $pipes);
        Expect::same('totp', stream_get_contents($pipes[1]));
        proc_close($process ?: null);
    }

    public function a_broker_without_memory_is_asked_again(): void
    {
        self::accepted(['block'], [0, 1]);
    }

    public function a_message_that_the_broker_declines_is_tried_again(): void
    {
        self::accepted(['decline', 'decline'], [0, 0, 0]);
        $broker = new StubBroker(array_fill(0, 50, 'decline'));
        $words = '(the broker declined it)';
        Expect::raises(NoAnswer::class, fn () => self::client($broker, 0.5)->request(self::login()), $words);
    }

    public function a_message_that_no_queue_takes_is_tried_again(): void
    {
        self::accepted(['return'], [0, 0]);
        $broker = new StubBroker(array_fill(0, 50, 'return'));
        $words = '(no queue took it: are the workers running?)';
        Expect::raises(NoAnswer::class, fn () => self::client($broker, 0.5)->request(self::login()), $words);
    }

    public function pauses_grow(): void
    {
        $broker = new StubBroker(array_fill(0, 50, 'decline'));
        Expect::raises(NoAnswer::class, fn () => self::client($broker, 1.4)->request(self::login()));
        $count = count($broker->published());
        Expect::true($count >= 2 && $count <= 6, "$count tries in 1.4 s, with pauses of 0.1, 0.2, 0.4, 0.8 s");
    }

    public function a_connection_that_ends_while_it_waits_is_replaced(): void
    {
        self::accepted(['drop'], [0, 1]);
        self::accepted(['close'], [0, 1]);
        self::accepted(['missing'], [0, 1]);
        self::accepted(['take', 'drop', 'drop', 'close'], [0, 0, 1, 2, 3]);
    }

    public function a_connection_that_ended_since_the_last_request_is_replaced_at_once(): void
    {
        foreach (['drop', 'close'] as $end) {
            $fastest = INF;
            foreach (range(1, 5) as $ignored) {
                $broker = new StubBroker(['answer', $end]);
                $client = self::client($broker);
                $client->request(self::login());
                $start = microtime(true);
                Expect::a(LoginAccepted::class, $client->request(self::login()));
                $fastest = min($fastest, microtime(true) - $start);
                Expect::same([0, 0, 1], array_column($broker->published(), 'connection'));
            }
            // A pause is 0.05 s at least. A busy machine is slow now and then, but not always.
            Expect::true($fastest < 0.05, "no pause after $end");
        }
    }

    public function a_process_that_was_idle_for_long_does_not_notice(): void
    {
        $broker = new StubBroker([]);
        $client = self::client($broker);
        $client->request(self::login());
        // The heartbeat is one second here: the broker is silent for longer than two of them.
        usleep(3_200_000);
        $start = microtime(true);
        Expect::a(LoginAccepted::class, $client->request(self::login()));
        Expect::true(microtime(true) - $start < 1, 'it is answered at once');
        Expect::same([0, 1], array_column($broker->published(), 'connection'));
    }

    public function the_first_answer_counts_and_later_ones_are_dropped(): void
    {
        $broker = new StubBroker(['twice', 'answer']);
        $client = self::client($broker);
        Expect::a(LoginAccepted::class, $client->request(self::login()));
        Expect::a(LoginAccepted::class, $client->request(self::login()));
    }

    public function an_answer_to_another_request_is_dropped(): void
    {
        self::accepted(['stranger'], [0]);
    }

    public function an_answer_that_is_no_outcome_is_an_error_without_its_content(): void
    {
        $data = ['tenant_id' => 'n', 'user_id' => 'u', 'session_id' => 's', 'via' => 7];
        $wrong = ['id' => 'a', 'source' => '/a', 'type' => 'login.accepted.v1', 'time' => '2026-11-24T10:00:00Z'];
        foreach ([
            'no JSON at all: sekrit', '', '"sekrit"', '[]', '{}', '{"specversion":"1.0","sekrit":1}',
            json_encode(['specversion' => '1.0', 'data' => $data] + $wrong),
            json_encode(['specversion' => '1.0', 'data' => []] + $wrong),
            json_encode(['specversion' => '1.0'] + $wrong),
            "sekrit\xFF\xFE",
        ] as $answer) {
            $broker = new StubBroker(["raw:$answer"]);
            $error = Expect::raises(BadAnswer::class, fn () => self::client($broker)->request(self::login()));
            Expect::true(!str_contains($error->getMessage(), 'sekrit'), $error->getMessage());
            Expect::same(null, $error->getPrevious(), 'the previous one');
        }
    }

    public function an_outcome_that_is_unknown_is_no_acceptance(): void
    {
        $answer = json_encode([
            'specversion' => '1.0', 'id' => 'a', 'source' => '/a', 'type' => 'login.postponed.v1',
            'time' => '2026-11-24T10:00:00Z', 'data' => ['until' => 'tomorrow'], 'colour' => 'green',
        ]);
        $broker = new StubBroker(["raw:$answer"]);
        $outcome = self::client($broker)->request(self::login());
        Expect::same('login.postponed.v1', Expect::a(UnknownOutcome::class, $outcome)->type);
    }

    public function a_refused_user_is_told_at_once_by_name_and_host(): void
    {
        $broker = new StubBroker([], ['refuse']);
        $start = microtime(true);
        $client = new Client($broker->url('crm%40north', 'S3cret'));
        $words = '127.0.0.1 refuses crm@north: correct the AMQP URL or the rights (';
        $error = Expect::raises(AccessRefused::class, fn () => $client->request(self::login()), $words);
        Expect::true(microtime(true) - $start < 1, 'at once');
        Expect::true(!str_contains($error->getMessage(), 'S3cret'), 'no password');
        $broker = new StubBroker(['forbid']);
        Expect::raises(AccessRefused::class, fn () => self::client($broker)->request(self::login()), 'crm.auth');
    }

    public function a_broker_that_has_too_many_connections_is_asked_again(): void
    {
        $broker = new StubBroker([], ['limit', 'limit']);
        Expect::a(LoginAccepted::class, self::client($broker)->request(self::login()));
    }

    public function a_broker_that_is_not_there_is_waited_for(): void
    {
        $client = new Client('amqp://crm:S3cret@127.0.0.1:1', give_up_after: 0.5);
        Expect::raises(NoAnswer::class, fn () => $client->request(self::login()), 'Connection refused');
    }

    public function a_child_process_opens_its_own_connection_and_leaves_its_parents(): void
    {
        $broker = new StubBroker([]);
        $client = self::client($broker);
        $client->request(self::login());
        $child = pcntl_fork();
        if ($child === 0) {
            $outcome = $client->request(self::login());
            // As at the end of a script: what the child has is destroyed there.
            exit($outcome instanceof LoginAccepted ? 0 : 1);
        }
        pcntl_waitpid($child, $status);
        Expect::same(0, pcntl_wexitstatus($status), 'the exit status of the child');
        Expect::a(LoginAccepted::class, $client->request(self::login()));
        Expect::same([0, 1, 0], array_column($broker->published(), 'connection'));
    }

    public function closing_ends_a_request_that_waits(): void
    {
        $broker = new StubBroker(array_fill(0, 50, 'take'));
        $client = new Client($broker->url());
        pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static fn () => $client->close());
        pcntl_alarm(1);
        $start = microtime(true);
        Expect::raises(NoAnswer::class, fn () => $client->request(self::login()), '(the client is closed)');
        Expect::true(microtime(true) - $start < 2, 'at once');
        Expect::raises(NoAnswer::class, fn () => $client->request(self::login()), '(the client is closed)');
        pcntl_signal(SIGALRM, SIG_DFL);
    }

    public function two_requests_at_once_are_refused(): void
    {
        $broker = new StubBroker(['take']);
        $client = new Client($broker->url(), resend_after: 1.3, give_up_after: 4);
        $second = null;
        pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static function () use ($client, &$second): void {
            $second = Expect::raises(\LogicException::class, static fn () => $client->request(self::login()));
        });
        pcntl_alarm(1);
        Expect::a(LoginAccepted::class, $client->request(self::login()));
        pcntl_signal(SIGALRM, SIG_DFL);
        Expect::a(\LogicException::class, $second);
        Expect::a(LoginAccepted::class, $client->request(self::login()));
    }

    public function what_is_no_utf_8_is_sent_as_what_it_can_be(): void
    {
        $broker = new StubBroker([]);
        self::client($broker)->request(new LoginAttempted('north', "u\xFF", 's', '192.0.2.7'));
        Expect::same("u\u{FFFD}", json_decode($broker->published()[0]['body'])->data->user_id);
    }

    public function an_url_that_is_none_is_refused_without_showing_it(): void
    {
        foreach (['', 'localhost', 'http://crm:S3cret@localhost', 'amqp:///', 'amqp://crm:S3c/ret@h:x'] as $url) {
            $error = Expect::raises(\InvalidArgumentException::class, static fn () => new Client($url));
            [$frame] = $error->getTrace();
            Expect::same(Client::class, $frame['class']);
            Expect::true(!str_contains(print_r($frame, true), 'S3c'), "no password: $url");
        }
    }

    public function over_tls_the_brokers_certificate_is_verified(): void
    {
        $key = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']);
        $options = ['digest_alg' => 'sha256'];
        $request = openssl_csr_new(['commonName' => '127.0.0.1'], $key, $options);
        $certificate = openssl_csr_sign($request, null, $key, 1, $options);
        openssl_x509_export($certificate, $public);
        openssl_pkey_export($key, $private);
        $file = (string) tempnam(sys_get_temp_dir(), 'tls');
        file_put_contents($file, $public . $private);
        try {
            // Larger than a record of TLS, so that one read is not enough.
            $picture = ['type' => 'picture.v1', 'data' => ['picture' => str_repeat('A', 60_000)]];
            $envelope = ['specversion' => '1.0', 'id' => 'a', 'source' => '/a', 'time' => '2026-11-24T10:00:00Z'];
            $broker = new StubBroker(['answer', 'raw:' . json_encode($envelope + $picture)], [], $file);
            $trusting = new Client($broker->url(), tls: ['cafile' => $file]);
            Expect::a(LoginAccepted::class, $trusting->request(self::login()));
            $unknown = Expect::a(UnknownOutcome::class, $trusting->request(self::login()));
            Expect::same(60_000, strlen($unknown->data->reveal()['picture']), 'the length of the picture');
            $other = new Client($broker->url(), give_up_after: 0.5);
            Expect::raises(NoAnswer::class, fn () => $other->request(self::login()), 'is its certificate trusted?');
            Expect::same(2, count($broker->published()), 'what reached the broker');
        } finally {
            unlink($file);
        }
    }

    public function the_client_is_short_enough_to_be_read(): void
    {
        $lines = 0;
        foreach (glob(dirname(__DIR__) . '/src/*.php') ?: [] as $file) {
            if (basename($file) !== 'FakeClient.php') {
                $lines += count(preg_grep(
                    '~^(?!\s*(//|/?\*|use |namespace |declare|<\?php)).*[A-Za-z]~',
                    file($file) ?: [],
                ) ?: []);
            }
        }
        Expect::true($lines < 150, "$lines lines that are no comment, no import and no lone bracket");
    }
}
