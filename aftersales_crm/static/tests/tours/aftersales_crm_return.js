import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("aftersales_crm_return", {
    steps: () => [
        {
            content: "Return products of the order",
            trigger: "button[name=action_aftersales_request]",
            run: "click",
        },
        {
            content: "Say what is the matter",
            trigger: ".modal .o_inner_group .o_field_widget[name=reason_id] input",
            run: "edit Changed",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains('Changed my mind')",
            run: "click",
        },
        {
            content: "One of two kettles comes back",
            trigger: ".modal .o_data_row td[name=quantity]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row td[name=quantity] input",
            run: "edit 1",
        },
        {
            trigger: ".modal button[name=action_create]",
            run: "click",
        },
        {
            content: "Approve what is eligible",
            trigger: ".o_field_widget[name=eligibility]:contains('Eligible')",
        },
        {
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            content: "Receive the kettle",
            trigger: "button.btn-primary[name=action_open_receive]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row td[name=quantity]:contains('1.00')",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "Settle what is due",
            trigger: "button.btn-primary[name=action_settle]",
            run: "click",
        },
        {
            content: "The return is done",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Done')",
        },
        {
            content: "Look at the credit note",
            trigger: ".o-form-buttonbox button[name=action_view_refunds]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Posted')",
        },
        {
            trigger: ".o-form-buttonbox button[name=action_aftersales_view_rma]",
        },
    ],
});
