<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

use TwoFactor\Client;
use TwoFactor\Types\EnrollmentCompleted;
use TwoFactor\Types\EnrollmentPending;
use TwoFactor\Types\EnrollmentSmsConfirmed;
use TwoFactor\Types\EnrollmentSmsStarted;
use TwoFactor\Types\LoginAccepted;
use TwoFactor\Types\LoginChallenged;
use TwoFactor\Types\LoginRejected;
use TwoFactor\Types\Method;
use TwoFactor\Types\Next;
use TwoFactor\Types\Reason;
use TwoFactor\Types\Remembered;
use TwoFactor\Types\ResetCompleted;
use TwoFactor\Types\ResetRequested;
use TwoFactor\Types\Secret;
use TwoFactor\Types\SmsRequested;
use TwoFactor\Types\SmsThrottled;
use TwoFactor\Types\UnknownOutcome;
use TwoFactor\Types\Via;

/** The ten scenarios that every client is tried with, against real workers. */
final class ScenariosTest
{
    public const NEEDS_STACK = true;

    private readonly Stack $stack;
    private readonly Client $client;

    private function begin(float $resend_after = 5, float $give_up_after = 30): void
    {
        $this->stack = new Stack();
        $this->client = new Client(
            $this->stack->broker,
            resend_after: $resend_after,
            give_up_after: $give_up_after,
        );
    }

    public function first_login_with_set_up(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $challenged = Expect::a(LoginChallenged::class, $this->client->request($person->login()));
        Expect::same([], $challenged->methods, 'the methods');
        Expect::same(Next::SET_UP, $challenged->next, 'next');
        $completed = $person->setUp($this->client);
        $codes = Expect::a(Secret::class, $completed->backup_codes)->reveal();
        Expect::same(10, count($codes), 'the backup codes');
        Expect::true($completed->notice !== null, 'the person is told by e-mail');
        $accepted = Expect::a(LoginAccepted::class, $this->client->request($person->login()));
        Expect::same(Via::ENROLLED, $accepted->via, 'via');
        Expect::same($person->user, $accepted->user_id, 'who is let in');
    }

    public function totp(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $person->setUp($this->client);
        $challenged = Expect::a(LoginChallenged::class, $this->client->request($person->anew()->login()));
        Expect::same([Method::TOTP, Method::BACKUP], $challenged->methods, 'the methods');
        Expect::same(Next::ENTER_CODE, $challenged->next, 'next');
        // The code of this step is spent by the set-up.
        $accepted = $this->client->request($person->login($person->shown(1)));
        Expect::same(Via::TOTP, Expect::a(LoginAccepted::class, $accepted)->via, 'via');
    }

    public function wrong_code(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $person->setUp($this->client);
        $near = array_map($person->shown(...), range(-11, 11));
        $wrong = current(array_diff(['000000', ...array_map(strval(...), range(100_000, 100_030))], $near));
        $rejected = $this->client->request($person->anew()->login((string) $wrong));
        Expect::a(LoginRejected::class, $rejected);
        Expect::same(Reason::WRONG_CODE, $rejected->reason, 'the reason');
        Expect::same(Next::TRY_ANOTHER_CODE, $rejected->next, 'next');
        Expect::true($rejected->message !== '', 'there is a sentence for the page');
    }

    public function text(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $this->setUpTexts($person);
        $accepted = Expect::a(LoginAccepted::class, $this->client->request($person->login()));
        Expect::same(Via::ENROLLED, $accepted->via, 'via');
        $challenged = Expect::a(LoginChallenged::class, $this->client->request($person->anew()->login()));
        Expect::same([Method::SMS, Method::BACKUP], $challenged->methods, 'the methods');
    }

    public function throttled(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $this->setUpTexts($person);
        $requested = new SmsRequested($person->tenant, $person->user, $person->anew()->session);
        $throttled = Expect::a(SmsThrottled::class, $this->client->request($requested));
        Expect::same(Next::WAIT, $throttled->next, 'next');
        $seconds = $throttled->retry_after_seconds;
        Expect::true($seconds > 200 && $seconds <= 300, "$seconds s are nearly five minutes");
    }

    public function remembered(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $person->setUp($this->client);
        $login = $person->anew()->login($person->shown(1), remember_me: true);
        $accepted = Expect::a(LoginAccepted::class, $this->client->request($login));
        $token = Expect::a(Secret::class, $accepted->remember_token)->reveal();
        $days = $accepted->remembered_until?->diff($accepted->envelope->time)->days;
        Expect::same(30, $days, 'the days');
        $again = $this->client->request($person->anew()->login(token: $token));
        Expect::same(Via::REMEMBERED, Expect::a(LoginAccepted::class, $again)->via, 'via');
        $elsewhere = $this->client->request($person->anew()->login(token: $token, ip: '198.51.100.9'));
        Expect::same(Remembered::OTHER_IP, Expect::a(LoginChallenged::class, $elsewhere)->remembered);
    }

    public function reset_in_between(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $person->setUp($this->client);
        $login = $person->anew()->login($person->shown(1));
        $came_in = new \DateTimeImmutable();
        $reset = new ResetRequested($person->tenant, $person->user, 'admin-1', 'The telephone was lost.');
        $completed = Expect::a(ResetCompleted::class, $this->client->request($reset));
        Expect::true(in_array('totp', $completed->removed, true), 'the app is removed');
        $rejected = Expect::a(LoginRejected::class, $this->client->request($login, time: $came_in));
        Expect::same(Reason::RESET_SINCE, $rejected->reason, 'the reason');
        Expect::same(Next::TRY_AGAIN, $rejected->next, 'next');
    }

    public function reply_lost(): void
    {
        $this->begin(resend_after: 1);
        $person = Person::of($this->client);
        $person->setUp($this->client);
        $login = $person->anew()->login($person->shown(1));
        $this->stack->cause('/lose-next?after_ms=0');
        // The code is spent at the first try: only the same event is answered with what was kept.
        $accepted = Expect::a(LoginAccepted::class, $this->client->request($login));
        Expect::same(Via::TOTP, $accepted->via, 'via');
    }

    public function broker_restarted_while_waiting(): void
    {
        // A broker takes a few seconds to start, and half a minute on a machine that is busy.
        $this->begin(give_up_after: 120);
        $person = Person::of($this->client);
        $this->stack->cause('/workers/stop');
        $this->stack->cause('/broker/restart?after_ms=200');
        $this->stack->cause('/workers/start?after_ms=400');
        $id = 'restart-' . bin2hex(random_bytes(8));
        $challenged = Expect::a(LoginChallenged::class, $this->client->request($person->login(), id: $id));
        Expect::same($id, $challenged->envelope->causationid, 'the event that was answered');
    }

    public function unknown_member_in_an_outcome(): void
    {
        $this->begin();
        $person = Person::of($this->client);
        $ids = ['tenant_id' => $person->tenant, 'user_id' => $person->user, 'session_id' => $person->session];
        $data = $ids + ['via' => 'carrier_pigeon', 'unheard_of' => ['a' => 1]];
        $this->stack->cause('/answer-next', ['type' => 'login.accepted.v1', 'data' => $data]);
        $accepted = Expect::a(LoginAccepted::class, $this->client->request($person->login()));
        Expect::same('carrier_pigeon', $accepted->via, 'via');
        $this->stack->cause('/answer-next', ['type' => 'login.postponed.v1', 'data' => $ids]);
        $unknown = Expect::a(UnknownOutcome::class, $this->client->request($person->login()));
        Expect::same('login.postponed.v1', $unknown->type, 'the type');
        Expect::true($unknown->data->reveal() == $ids, 'the data is there');
    }

    private function setUpTexts(Person $person): void
    {
        $started = new EnrollmentSmsStarted($person->tenant, $person->user, $person->session, $person->number);
        $pending = Expect::a(EnrollmentPending::class, $this->client->request($started));
        Expect::same('system', $pending->billed_to, 'who pays');
        $code = $this->stack->code($person->number);
        $confirmed = new EnrollmentSmsConfirmed($person->tenant, $person->user, $person->session, $code);
        $completed = Expect::a(EnrollmentCompleted::class, $this->client->request($confirmed));
        Expect::same(Method::SMS, $completed->method, 'the method');
    }
}
