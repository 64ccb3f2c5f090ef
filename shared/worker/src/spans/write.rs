//! The spans of one event: one for all its work in this worker, and one below it for each stage.

use std::time::Instant;

use opentelemetry::Context;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState,
    Tracer,
};
use opentelemetry_sdk::trace::Span as SdkSpan;
use twofactor_contract::{RefusalReason, TraceParent};
use twofactor_rules::text::ProviderAnswer;

use super::{Now, Writer, attributes};
use crate::outgoing::Outgoing;
use crate::trace::{Trace, Work};

impl Writer {
    /// Writes the spans. `error` says why the event was not acknowledged.
    pub(super) fn write(
        &self,
        trace: &Trace,
        outgoing: &Outgoing,
        ended: Instant,
        error: Option<&'static str>,
        now: &Now,
    ) {
        let parent = trace.parent.as_ref().map_or_else(Context::new, remote);
        let mut attributes = attributes::of_event(trace, outgoing, self);
        let error = error.or_else(|| failure(trace, outgoing));
        if let Some(error) = error {
            attributes.push(attributes::attribute("error.type", error));
        }
        let builder = SpanBuilder::from_name(self.process.clone())
            .with_kind(SpanKind::Consumer)
            .with_start_time(now.date(trace.taken))
            .with_attributes(attributes);
        let mut process = self.tracer.build_with_context(builder, &parent);
        mark(&mut process, error.is_some());
        let below = Context::new().with_remote_span_context(process.span_context().clone());
        for stage in &trace.stages {
            let (name, kind, attributes) = attributes::of_stage(stage, outgoing, self);
            let builder = SpanBuilder::from_name(name)
                .with_kind(kind)
                .with_start_time(now.date(stage.from))
                .with_attributes(attributes);
            let mut span = self.tracer.build_with_context(builder, &below);
            mark(&mut span, stage.error.is_some());
            span.end_with_timestamp(now.date(stage.to));
        }
        process.end_with_timestamp(now.date(ended));
    }
}

/// Makes the span that `traceparent` names the parent.
fn remote(parent: &TraceParent) -> Context {
    let flags = TraceFlags::default().with_sampled(parent.is_sampled());
    let trace = parent.trace_id().into();
    let span = parent.parent_id().into();
    let parent = SpanContext::new(trace, span, flags, true, TraceState::default());
    Context::new().with_remote_span_context(parent)
}

/// Returns the error of an event that was answered but failed. A rejected code is no failure.
fn failure(trace: &Trace, outgoing: &Outgoing) -> Option<&'static str> {
    let is_internal = |reason| matches!(reason, RefusalReason::InternalError);
    if outgoing
        .dead
        .as_ref()
        .is_some_and(|dead| is_internal(dead.reason))
    {
        return Some(RefusalReason::InternalError.as_str());
    }
    trace.stages.iter().find_map(|stage| match &stage.work {
        Work::Text(call) if call.answer == ProviderAnswer::Unavailable => {
            Some(ProviderAnswer::Unavailable.as_str())
        }
        _ => None,
    })
}

fn mark(span: &mut SdkSpan, has_failed: bool) {
    if has_failed {
        // `error.type` names the error; a description would be free words.
        span.set_status(Status::error(""));
    }
}
